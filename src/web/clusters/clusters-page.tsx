import { Alert, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import type { ClusterView } from '../../wire/cluster.ts';
import { usePageTitle } from '../app/page-title.ts';
import { EmptyState, LoadError } from '../lists/data-list.tsx';
import { LimitsDialog } from '../limits/limits-dialog.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useIsAdministrator } from '../session/use-session.ts';
import { choicesOf, isChoiceGone, tenantIn, useChosenTenant } from '../tenants/tenant-choice.ts';
import type { EnterableTenant } from '../tenants/tenant-choice.ts';
import { UpstreamDialog } from '../upstream-dashboards/upstream-dialog.tsx';
import { upstreamDashboardListQuery } from '../upstream-dashboards/upstream-queries.ts';
import { AccessDialog } from './access-dialog.tsx';
import { ClusterCard } from './cluster-card.tsx';
import { clusterListQuery } from './cluster-queries.ts';
import { KubeconfigDialog } from './kubeconfig-dialog.tsx';

type Dialog = {
  readonly kind: 'kubeconfig' | 'access' | 'limits' | 'upstreams';
  readonly cluster: ClusterView;
  readonly tenant: EnterableTenant | null;
};

/** `/clusters`: the clusters that the user reaches. */
export function ClustersPage() {
  usePageTitle('Clusters');
  const api = useApi();
  const query = useQuery(clusterListQuery(api));
  const upstreams = useQuery(upstreamDashboardListQuery(api)).data?.items ?? [];
  const isAdministrator = useIsAdministrator();
  const { id: chosenId } = useChosenTenant();
  const isGone = query.data !== undefined && isChoiceGone(choicesOf(query.data.items), chosenId);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = useCallback(() => setDialog(null), []);
  return (
    <Stack gap="sm">
      <Title order={1}>Clusters</Title>
      {query.isPending && <ClusterSkeleton />}
      {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <NoClusters isAdministrator={isAdministrator} />}
      {isGone && (
        <Alert color="yellow" title="Choose where to work">
          The tenant that you were in is gone, or you may not enter it any more. Choose another place in the header.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {query.data?.items.map((cluster) => (
          <ClusterCard
            key={cluster.id}
            cluster={cluster}
            tenant={tenantIn(cluster, chosenId)}
            // They show the whole cluster, and no tenant alone.
            upstreams={
              tenantIn(cluster, chosenId) === null ? upstreams.filter((each) => each.cluster === cluster.id) : []
            }
            isOpen={!isGone}
            mayGrant={isAdministrator}
            onKubeconfig={() => setDialog({ kind: 'kubeconfig', cluster, tenant: tenantIn(cluster, chosenId) })}
            onAccess={() => setDialog({ kind: 'access', cluster, tenant: null })}
            onLimits={() => setDialog({ kind: 'limits', cluster, tenant: null })}
            onUpstreams={() => setDialog({ kind: 'upstreams', cluster, tenant: null })}
          />
        ))}
      </SimpleGrid>
      {dialog?.kind === 'kubeconfig' && (
        <KubeconfigDialog cluster={dialog.cluster} tenant={dialog.tenant} onClose={close} />
      )}
      {dialog?.kind === 'access' && <AccessDialog cluster={dialog.cluster} onClose={close} />}
      {dialog?.kind === 'limits' && <LimitsDialog of="cluster" target={dialog.cluster} onClose={close} />}
      {dialog?.kind === 'upstreams' && <UpstreamDialog cluster={dialog.cluster} onClose={close} />}
    </Stack>
  );
}

function NoClusters({ isAdministrator }: { isAdministrator: boolean }) {
  return (
    <EmptyState>
      <Text>{isAdministrator ? 'The portal knows no cluster.' : 'You have no access to a cluster yet.'}</Text>
      <Text size="sm">
        {isAdministrator
          ? 'Start it with --kubeconfig FILE, or without --no-local-cluster to have one made on this machine.'
          : 'Ask an administrator to grant you one, or to let you into a tenant.'}
      </Text>
    </EmptyState>
  );
}

function ClusterSkeleton() {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} role="status" aria-label="Loading clusters">
      <Skeleton height={150} />
      <Skeleton height={150} />
    </SimpleGrid>
  );
}
