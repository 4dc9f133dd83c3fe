import type { User } from './user.ts';

/** A named slice of a cluster, one namespace of it, that users are given access to. */
export interface Tenant {
  /** A UUID in lower case. */
  readonly id: string;
  /** Lower case, unique (`TENANT_NAME_RULE`). */
  readonly name: string;
  readonly clusterId: string;
  readonly namespace: string;
  /** `managed`: Curfew keeps the role bindings in the namespace; `own`: the administrator binds the tenant's groups. */
  readonly bindings: 'managed' | 'own';
  readonly createdAt: number;
}

/** Lets a user enter a tenant. */
export interface TenantAccess {
  readonly tenantId: string;
  readonly userId: string;
  readonly readOnly: boolean;
}

/** What somebody may do in a tenant. */
export type TenantEntry = 'none' | 'read-only' | 'full';

/** What a tenant's name looks like, as one sentence for whoever typed something else. */
export const TENANT_NAME_RULE =
  'A tenant’s name has 1 to 40 characters: lower-case letters, digits and dashes, beginning and ending with a letter or a digit.';

export const TENANT_NAME_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** What a tenant's namespace looks like, as one sentence for whoever typed something else. */
export const NAMESPACE_RULE =
  'A namespace has 1 to 63 characters: lower-case letters, digits and dashes, beginning and ending with a letter or a digit. It is neither default nor one that begins with kube-.';

/** A DNS label (RFC 1123), and none of the cluster's own namespaces. */
export function isTenantNamespace(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) && text !== 'default' && !text.startsWith('kube-');
}

/** The namespace of a tenant unless somebody says otherwise: as in DuploCloud. */
export function namespaceOf(name: string): string {
  return `duploservices-${name}`;
}

/** The group of those who are in a tenant; its role bindings are for this one. Never another tenant's: ids are no names. */
export function tenantGroup(tenantId: string, entry: Exclude<TenantEntry, 'none'>): string {
  return entry === 'full' ? `curfew:tenant:${tenantId}` : `curfew:tenant-read-only:${tenantId}`;
}

/** Administrators enter every tenant, others those that they were given access to. Whoever is read-only is so everywhere. */
export function tenantEntry(user: User, tenantId: string, accesses: readonly TenantAccess[]): TenantEntry {
  if (user.disabledAt !== null) return 'none';
  const access = accesses.find((each) => each.tenantId === tenantId && each.userId === user.id);
  if (access === undefined && user.role !== 'Administrator') return 'none';
  return user.readOnly || access?.readOnly === true ? 'read-only' : 'full';
}
