import { PortalError } from '../../core/portal-error.ts';
import { tenantIdentity } from '../../core/access.ts';
import type { ClusterIdentity } from '../../core/access.ts';
import type { Tenant, TenantEntry } from '../../core/tenant.ts';
import type { User } from '../../core/user.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import type { ApiRequest } from './api-request.ts';
import { checkReadOnly, isSelfReview } from './read-only.ts';

/** The tenants as they are now, from memory: the gateway asks for each request. */
export interface TenantPorts {
  tenantOf(id: string): Tenant | undefined;
  entryOf(user: User, tenantId: string): TenantEntry;
}

/** What every user may read of any cluster: which API there is, its version, and whether it is well. */
const COMMON_PATHS = /^\/(?:api|apis|version|openapi\/v2|openapi\/v3|healthz|livez|readyz)(?:\/|$)/;

/**
 * Holds a session to its tenant: whatever RBAC says, nothing is asked of the cluster outside of the tenant's namespace.
 *
 * @returns who somebody is in the cluster there
 * @throws PortalError `forbidden`; also where the tenant is gone
 */
export function enterTenant(
  { tenantOf, entryOf }: TenantPorts,
  session: Pick<SessionHandle, 'user' | 'clusterId'>,
  tenantId: string,
  request: ApiRequest,
  upgrade: boolean,
): ClusterIdentity {
  const tenant = tenantOf(tenantId);
  const entry = tenant?.clusterId === session.clusterId ? entryOf(session.user, tenantId) : 'none';
  // One sentence for both: whether there is a tenant is nothing for somebody who may not enter it.
  if (tenant === undefined || entry === 'none') {
    throw new PortalError('forbidden', 'The tenant of this session is gone, or you may not enter it any more.');
  }
  checkTenant(request, upgrade, tenant);
  if (entry === 'read-only') checkReadOnly(request, upgrade, `in the tenant ${tenant.name}`);
  return tenantIdentity(session.user, tenantId, entry);
}

/**
 * An allow-list, so that what Kubernetes adds later is refused first: everything in the namespace, the namespace itself
 * to look at, what every user may read of a cluster, and questions about oneself.
 *
 * @throws PortalError `forbidden`
 */
export function checkTenant(request: ApiRequest, upgrade: boolean, tenant: Pick<Tenant, 'name' | 'namespace'>): void {
  if (isInNamespace(request, tenant.namespace)) return;
  if (!upgrade && (isCommon(request, tenant.namespace) || isSelfReview(request))) return;
  const { name, namespace } = tenant;
  const here = `You are in the tenant ${name} here, whose namespace is ${namespace}`;
  throw new PortalError('forbidden', `${here}: ${describeOutside(request, namespace)}`);
}

/** Of the namespace itself the API server thinks as of something in it; nothing in it is called so. */
function isInNamespace(request: ApiRequest, namespace: string): boolean {
  return request.isResource && request.namespace === namespace && request.resource !== 'namespaces';
}

function isCommon({ method, isResource, path }: ApiRequest, namespace: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return isResource ? path === `/api/v1/namespaces/${namespace}` : COMMON_PATHS.test(path);
}

function describeOutside({ isResource, resource, namespace: asked, path }: ApiRequest, namespace: string): string {
  if (!isResource) return `${path} is about the whole cluster.`;
  if (resource === 'namespaces') return 'that one can be looked at, other namespaces cannot, and none is changed.';
  if (asked !== '') return `the namespace ${asked} is no part of it.`;
  return `${resource} outside of it are not shown or changed. Ask for what is in it (kubectl -n ${namespace}).`;
}
