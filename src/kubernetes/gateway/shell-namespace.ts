import { PortalError } from '../../core/portal-error.ts';
import type { ApiRequest } from './api-request.ts';

/** What leads into a pod that runs, of whatever kind it is asked for. */
const WAYS_IN = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);
const LOOKS = new Set(['get', 'list', 'watch']);
const LOOKED_AT = new Set(['', 'log', 'status']);
/** What a kubelet shows. It also runs commands in any pod of its node, and knows nothing of namespaces' rules. */
const KUBELET_SHOWS = new Set(['metrics', 'stats', 'healthz', 'configz', 'pods', 'logs', 'containerLogs']);

/**
 * Whoever is in the pod of a shell acts as the one whose shell it is, so nobody gets in, administrators included. Nor does
 * anybody write to these pods: another image, or another `curfew/bashrc` among the annotations, runs in somebody's shell.
 * In every cluster: two of them may be the same one.
 *
 * @param namespace of the pods of shells; null where shells run on this machine
 * @throws PortalError `forbidden`
 */
export function checkNoWayIn(request: ApiRequest, namespace: string | null): void {
  if (namespace === null) return;
  if (request.resource === 'nodes' && request.isProxy && !isShownByKubelet(request)) {
    throw new PortalError(
      'forbidden',
      'Curfew runs shells as pods: a node is asked for its metrics, logs and pods, and for nothing that leads into a pod.',
    );
  }
  if (request.namespace !== namespace) return;
  if (WAYS_IN.has(request.subresource) || (request.resource === 'pods' && !leavesPodsAsTheyAre(request))) {
    throw new PortalError(
      'forbidden',
      `In the namespace ${namespace} are the shells of others: nobody enters these pods or changes them.`,
    );
  }
}

/** They may be looked at, deleted, and evicted, which is the same. */
function leavesPodsAsTheyAre({ verb, method, subresource }: ApiRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return LOOKS.has(verb) && LOOKED_AT.has(subresource);
  if (method === 'DELETE') return subresource === '';
  return verb === 'create' && subresource === 'eviction';
}

function isShownByKubelet({ method, path }: ApiRequest): boolean {
  // /api/v1/nodes/<name>/proxy/<what>
  const what = path.split('/')[6] ?? '';
  return (method === 'GET' || method === 'HEAD') && KUBELET_SHOWS.has(what);
}
