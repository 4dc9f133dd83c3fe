import { PortalError } from '../core/portal-error.ts';
import type { Tenant } from '../core/tenant.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { ClusterSummary, HttpPorts } from './ports.ts';

/** Where somebody wants a Kubernetes session. */
export interface AskedPlace {
  readonly cluster: ClusterSummary;
  /** Null: the whole cluster. */
  readonly tenant: Tenant | null;
}

/**
 * The place that a request names, where the caller may have a session there.
 *
 * @throws PortalError `not-found`, whether there is no such place or the caller does not reach it; `invalid-request`
 *   where the caller reaches the cluster through tenants only, and named none
 */
export function requirePlace(
  { clusters, tenants }: Pick<HttpPorts, 'clusters' | 'tenants'>,
  { user }: LiveSession,
  clusterId: string,
  tenantId: string | undefined,
): AskedPlace {
  const cluster = clusters.find(clusterId);
  if (cluster === undefined) throw noSuchCluster();
  if (tenantId !== undefined) {
    const tenant = tenants.find(tenantId);
    if (tenant === undefined || !tenants.mayEnter(user, clusterId, tenantId))
      throw new PortalError('not-found', 'There is no such tenant of this cluster.', { field: 'tenant' });
    return { cluster, tenant };
  }
  if (tenants.mayEnter(user, clusterId, null)) return { cluster, tenant: null };
  const names = tenants.tenantsOf(user).flatMap(({ tenant }) => (tenant.clusterId === clusterId ? [tenant.name] : []));
  if (names.length === 0) throw noSuchCluster();
  const message = `You reach this cluster through tenants only. Name one of yours: ${names.join(', ')}.`;
  throw new PortalError('invalid-request', message, { field: 'tenant' });
}

function noSuchCluster(): PortalError {
  return new PortalError('not-found', 'There is no such cluster.');
}
