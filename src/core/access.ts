import { tenantGroup } from './tenant.ts';
import type { TenantEntry } from './tenant.ts';
import type { Role, User } from './user.ts';

/** Lets a user, or everybody of a role, reach a cluster. What they may do there is the cluster's RBAC to decide. */
export interface Grant {
  readonly clusterId: string;
  readonly subject: { readonly kind: 'user'; readonly id: string } | { readonly kind: 'role'; readonly id: Role };
}

/** Administrators reach every cluster, others reach a cluster once granted (design, section 7). */
export function canReachCluster(user: User, clusterId: string, grants: readonly Grant[]): boolean {
  if (user.disabledAt !== null) return false;
  if (user.role === 'Administrator') return true;
  return grants.some(
    ({ clusterId: granted, subject }) =>
      granted === clusterId && subject.id === (subject.kind === 'user' ? user.id : user.role),
  );
}

/** The names under which a user acts in a cluster. Always `curfew:`-prefixed, so that nobody becomes `system:…`. */
export interface ClusterIdentity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Of a user who has a whole cluster. */
export function clusterIdentity(user: Pick<User, 'username' | 'role' | 'readOnly'>): ClusterIdentity {
  // A read-only user is in no group but that one: what the others may do in the cluster is not for reading only.
  if (user.readOnly) return { user: `curfew:${user.username}`, groups: ['curfew:read-only'] };
  const groups = user.role === 'Administrator' ? ['curfew:users', 'curfew:administrators'] : ['curfew:users'];
  return { user: `curfew:${user.username}`, groups };
}

/** In a tenant: in its group and in no other, so that the tenant alone decides what may be done there (ADR 0022). */
export function tenantIdentity(
  user: Pick<User, 'username'>,
  tenantId: string,
  entry: Exclude<TenantEntry, 'none'>,
): ClusterIdentity {
  return { user: `curfew:${user.username}`, groups: [tenantGroup(tenantId, entry)] };
}

/** A cluster's id, as it stands in paths. */
export const CLUSTER_ID_PATTERN = /^[a-z0-9-]{1,63}$/;

/** The extension that marks a context as written by Curfew, so that Curfew does not take itself for a cluster. */
export const CURFEW_EXTENSION = 'curfew';

/**
 * The context of a cluster, or of a tenant of it, in a kubeconfig. No cluster's id and no tenant's name has a dot, so that a
 * name never comes to mean another place.
 */
export function contextName(clusterId: string, tenant?: string): string {
  return tenant === undefined ? `curfew-${clusterId}` : `curfew-${clusterId}.${tenant}`;
}
/** How long a permanent API token lives at most (docs/adr/0024). */
export const MOST_API_TOKEN_DAYS = 365;

/** How recently somebody must have authenticated to change tokens, users, roles or clusters (security, Tokens). */
export const RECENT_AUTHENTICATION_MS = 10 * 60_000;
