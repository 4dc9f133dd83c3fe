import { Button, Modal, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ClusterView } from '../../wire/cluster.ts';
import type { UpstreamDashboardView } from '../../wire/upstream-dashboard.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { EmptyState, LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useOwnSession } from '../session/use-session.ts';
import { RegisterForm } from './register-form.tsx';
import { upstreamDashboardListQuery, useUpstreamDashboardWrites } from './upstream-queries.ts';

interface Props {
  readonly cluster: Pick<ClusterView, 'id' | 'name'>;
  readonly onClose: () => void;
}

/** *Other dashboards*: those of somebody else's making that are registered for a cluster. */
export function UpstreamDialog({ cluster, onClose }: Props) {
  const query = useQuery(upstreamDashboardListQuery(useApi()));
  const { remove } = useUpstreamDashboardWrites();
  const mayWrite = !useOwnSession().user.readOnly;
  const [removing, setRemoving] = useState<UpstreamDashboardView | null>(null);
  return (
    <>
      <Modal opened onClose={onClose} title={`Other dashboards of ${cluster.name}`} size="xl">
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Curfew serves each on a hostname of its own, to those who reach the whole cluster, for as long as their
            Kubernetes session lasts.
          </Text>
          {query.isPending && <Skeleton height={72} />}
          {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
          {query.data !== undefined && (
            <UpstreamTable
              dashboards={query.data.items.filter((each) => each.cluster === cluster.id)}
              mayWrite={mayWrite}
              onRemove={setRemoving}
            />
          )}
          {mayWrite && <RegisterForm cluster={cluster.id} />}
        </Stack>
      </Modal>
      {removing !== null && (
        <ConfirmDialog
          title="Remove a dashboard"
          action="Remove"
          run={() => remove(removing.id)}
          onClose={() => setRemoving(null)}
        >
          <Text style={{ overflowWrap: 'anywhere' }}>
            Remove {removing.name} from {cluster.name}? What is open at {removing.hostname} ends at once, for everybody.
          </Text>
        </ConfirmDialog>
      )}
    </>
  );
}

interface TableProps {
  readonly dashboards: readonly UpstreamDashboardView[];
  readonly mayWrite: boolean;
  readonly onRemove: (dashboard: UpstreamDashboardView) => void;
}

function UpstreamTable({ dashboards, mayWrite, onRemove }: TableProps) {
  if (dashboards.length === 0) return <NoDashboards mayWrite={mayWrite} />;
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table aria-label="Other dashboards">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Hostname</Table.Th>
            <Table.Th>Upstream</Table.Th>
            <Table.Th>Credential</Table.Th>
            {mayWrite && <Table.Th w={100}>Action</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody style={{ overflowWrap: 'anywhere' }}>
          {dashboards.map((dashboard) => (
            <Table.Tr key={dashboard.id}>
              <Table.Td>{dashboard.name}</Table.Td>
              <Table.Td>{dashboard.hostname}</Table.Td>
              <Table.Td>{dashboard.upstream}</Table.Td>
              <Table.Td>{dashboard.passesCredential === true ? 'Given' : 'None'}</Table.Td>
              {mayWrite && (
                <Table.Td>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => onRemove(dashboard)}
                    aria-label={`Remove ${dashboard.name}`}
                  >
                    Remove
                  </Button>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function NoDashboards({ mayWrite }: { mayWrite: boolean }) {
  return (
    <EmptyState>
      <Text>No other dashboard is registered for this cluster.</Text>
      <Text size="sm">
        {mayWrite
          ? 'Run one that Curfew can reach, such as Headlamp or Grafana, and add it below.'
          : 'You are read-only: ask another administrator to add one.'}
      </Text>
    </EmptyState>
  );
}
