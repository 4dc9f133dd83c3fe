import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import {
  IconAppWindow,
  IconDownload,
  IconHourglass,
  IconLayoutDashboard,
  IconTerminal2,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { ClusterView } from '../../wire/cluster.ts';
import type { UpstreamDashboardView } from '../../wire/upstream-dashboard.ts';
import { describeEndsBy } from '../session/end-words.ts';
import { RelativeTime } from '../words/time-text.tsx';
import type { EnterableTenant } from '../tenants/tenant-choice.ts';
import { UpstreamLink } from '../upstream-dashboards/upstream-link.tsx';
import { ClusterProgress } from './cluster-progress.tsx';
import { ClusterState } from './cluster-state.tsx';

const SOURCES: Record<ClusterView['source'], string> = {
  kubeconfig: 'From the kubeconfig',
  'in-cluster': 'The cluster that the portal runs in',
  local: 'Made on this machine',
};

interface Props {
  readonly cluster: ClusterView;
  /** The tenant that the ways lead into; null for the whole cluster. */
  readonly tenant: EnterableTenant | null;
  /** The dashboards of somebody else's making that the ways lead to as well. */
  readonly upstreams: readonly UpstreamDashboardView[];
  /** Whether the ways are open: not while nobody knows where they are to lead. */
  readonly isOpen: boolean;
  readonly mayGrant: boolean;
  readonly onKubeconfig: () => void;
  readonly onAccess: () => void;
  readonly onLimits: () => void;
  readonly onUpstreams: () => void;
}

/** One cluster: how it is, and the ways into it. */
export function ClusterCard(props: Props) {
  const { cluster, tenant } = props;
  const { name, state, version, source, message, progress } = cluster;
  const { session } = tenant ?? cluster;
  return (
    <Card withBorder component="article" aria-label={name}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Stack gap={0} style={{ flex: '1 1 12rem' }}>
            <Title order={2} style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Title>
            <Text size="sm" c="dimmed">
              {SOURCES[source]}
              {version !== null && `, Kubernetes ${version}`}
            </Text>
          </Stack>
          <ClusterState state={state} />
        </Group>
        {progress !== null && <ClusterProgress progress={progress} />}
        {message !== null && <Text size="sm">{message}</Text>}
        {tenant !== null && (
          <Text size="sm">
            In the tenant <strong>{tenant.name}</strong>, namespace {tenant.namespace}
            {tenant.readOnly && ', read-only'}
          </Text>
        )}
        {session !== null && (
          <Text size="sm">
            Your Kubernetes session ends{' '}
            {session.endsAt === null ? 'when you sign out' : <RelativeTime at={session.endsAt} />}
            <Text span size="sm" c="dimmed">
              {' '}
              ({describeEndsBy(session.endsBy)})
            </Text>
          </Text>
        )}
        <Actions {...props} />
      </Stack>
    </Card>
  );
}

function Actions({ cluster, tenant, upstreams, isOpen, mayGrant, ...on }: Props) {
  const { id, name, state, shell } = cluster;
  const query = tenant === null ? '' : `?tenant=${encodeURIComponent(tenant.id)}`;
  const isReady = state === 'ready';
  const mayEnter = isOpen && isReady;
  const mayShell = mayEnter && shell.available;
  const whyNot = isReady ? shell.reason : null;
  return (
    <Stack gap={6} mt="auto">
      <Group gap="xs">
        <Button
          size="xs"
          leftSection={<IconLayoutDashboard size={16} aria-hidden />}
          aria-label={`Dashboard of ${name}`}
          {...(mayEnter
            ? { component: 'a' as const, href: `/clusters/${id}/dashboard${query}`, target: '_blank', rel: 'noopener' }
            : { disabled: true })}
        >
          Dashboard
        </Button>
        {upstreams.map((upstream) => (
          <UpstreamLink key={upstream.id} dashboard={upstream} cluster={name} mayEnter={mayEnter} />
        ))}
        <Button
          size="xs"
          leftSection={<IconTerminal2 size={16} aria-hidden />}
          aria-label={`Shell on ${name}`}
          {...(mayShell
            ? { component: 'a' as const, href: `/clusters/${id}/shell${query}`, target: '_blank', rel: 'noopener' }
            : { disabled: true })}
        >
          Shell
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!mayEnter}
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={on.onKubeconfig}
          aria-label={`Download kubeconfig of ${name}`}
        >
          Download kubeconfig
        </Button>
        {mayGrant && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUsersGroup size={16} aria-hidden />}
            onClick={on.onAccess}
            aria-label={`Access to ${name}`}
          >
            Access
          </Button>
        )}
        {mayGrant && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconHourglass size={16} aria-hidden />}
            onClick={on.onLimits}
            aria-label={`Limits of ${name}`}
          >
            Limits
          </Button>
        )}
        {mayGrant && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconAppWindow size={16} aria-hidden />}
            onClick={on.onUpstreams}
            aria-label={`Other dashboards of ${name}`}
          >
            Other dashboards
          </Button>
        )}
      </Group>
      {whyNot !== null && (
        <Text size="xs" c="dimmed">
          No shell: {whyNot}
        </Text>
      )}
    </Stack>
  );
}
