import { PortalError } from '../../core/portal-error.ts';
import type { ApiRequest } from './api-request.ts';

/** What leads into a pod that runs. */
const WAYS_IN = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);

/**
 * Whoever is in the pod of a shell acts as the one whose shell it is, so nobody gets in, administrators included. In every
 * cluster: two of them may be the same one.
 *
 * @param namespace of the pods of shells; null where shells run on this machine
 * @throws PortalError `forbidden`
 */
export function checkNoWayIn(request: ApiRequest, namespace: string | null): void {
  if (namespace === null || request.namespace !== namespace || !WAYS_IN.has(request.subresource)) return;
  throw new PortalError(
    'forbidden',
    `In the namespace ${namespace} are the shells of others: nobody enters these pods.`,
  );
}
