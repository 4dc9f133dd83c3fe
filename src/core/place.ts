/** Where a Kubernetes session is: a cluster, or one tenant of it. */
export interface Place {
  readonly clusterId: string;
  /** Null: the whole cluster. */
  readonly tenantId: string | null;
}

/**
 * A place as one text, under which it is stored and told apart: `cluster` or `cluster/tenant`. To a program from before
 * there were tenants the second one is a cluster that it does not know, and so nothing that it lets anybody into.
 */
export function placeText({ clusterId, tenantId }: Place): string {
  return tenantId === null ? clusterId : `${clusterId}/${tenantId}`;
}

export function parsePlace(text: string): Place {
  const slash = text.indexOf('/');
  if (slash < 0) return { clusterId: text, tenantId: null };
  return { clusterId: text.slice(0, slash), tenantId: text.slice(slash + 1) };
}

/** For the record of what happened. A tenant's name may be another one's later, its id may not. */
export function describePlace({
  clusterId,
  tenantId,
}: {
  readonly clusterId: string | null;
  readonly tenantId: string | null;
}): string {
  return `${clusterId ?? '?'}${tenantId === null ? '' : ` (tenant ${tenantId})`}`;
}
