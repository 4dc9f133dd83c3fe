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

/**
 * Ends the text of a place under an API token, where sessions follow each other; what stands after it tells those apart
 * that have ended. To a program from before there were API tokens it is a cluster that it does not know.
 */
export const UNDER_API_TOKEN = '~';

export function parsePlace(stored: string): Place {
  const [text = ''] = stored.split(UNDER_API_TOKEN, 1);
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
