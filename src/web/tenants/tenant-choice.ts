import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ClusterView } from '../../wire/cluster.ts';
import { clusterListQuery } from '../clusters/cluster-queries.ts';
import { useApi } from '../portal/portal-context.ts';

/** A tenant as a user's list of clusters has it. */
export type EnterableTenant = NonNullable<ClusterView['tenants']>[number];

/** What the picker offers. */
export interface TenantChoices {
  readonly tenants: readonly (EnterableTenant & { readonly cluster: string })[];
  /** Whether any cluster is reached as a whole. */
  readonly hasWhole: boolean;
}

/** Whether the chosen tenant is gone, or may not be entered any more: nothing else is entered in its place, unasked. */
export function isChoiceGone({ tenants }: TenantChoices, chosenId: string): boolean {
  return chosenId !== '' && !tenants.some(({ id }) => id === chosenId);
}

/** The tenant that this browser is in, for the pages that open something in a cluster. */
export function useChosenTenant() {
  const [id, choose] = useLocalStorage({ key: 'curfew-tenant', defaultValue: '', getInitialValueInEffect: false });
  return { id, choose };
}

/** Null until they are known. */
export function useTenantChoices(): TenantChoices | null {
  const { data } = useQuery(clusterListQuery(useApi()));
  return data === undefined ? null : choicesOf(data.items);
}

export function choicesOf(clusters: readonly ClusterView[]): TenantChoices {
  const tenants = clusters.flatMap(({ name, tenants: each = [] }) =>
    each.map((tenant) => ({ ...tenant, cluster: name })),
  );
  const hasWhole = clusters.some(({ whole = true }) => whole);
  return { tenants: tenants.toSorted((a, b) => (a.name < b.name ? -1 : 1)), hasWhole };
}

/**
 * Where somebody goes who opens something in a cluster: into the tenant that was chosen, where it is one of this cluster;
 * else into the whole of it, or, where that is not reached, into the first tenant.
 *
 * @returns null for the whole cluster
 */
export function tenantIn({ whole = true, tenants = [] }: ClusterView, chosenId: string): EnterableTenant | null {
  return tenants.find(({ id }) => id === chosenId) ?? (whole ? null : (tenants[0] ?? null));
}
