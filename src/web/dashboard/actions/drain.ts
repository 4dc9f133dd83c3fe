import { z } from 'zod';
import { sentenceOf } from '../../api/api-error.ts';
import { KubernetesError } from '../kubernetes-api.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import { MERGE_PATCH } from './action-dialog.ts';
import { PATCHES } from './patches.ts';
import { isEvicted, readNodePods } from './node-pods.ts';
import type { Loss, NodePod } from './node-pods.ts';

/** How far the eviction of a pod is; `waits`: the API server does not let it go yet; `ends`: it was evicted. */
export interface Eviction {
  readonly state: 'waits' | 'ends' | 'failed';
  readonly message: string;
}

interface Drain {
  readonly api: KubernetesApi;
  readonly node: string;
  readonly agreed: ReadonlySet<Loss>;
  readonly signal: AbortSignal;
  /** Told of what is on the node once nothing more is put on it. */
  readonly found: (pods: NodePod[]) => void;
  readonly told: (pod: NodePod, eviction: Eviction) => void;
  /** Resolves after that time, and at once when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** As long as kubectl waits where the API server does not say how long. */
const RETRY_MS = 5000;

/** The path of the pods of a node, in all namespaces. */
export function nodePodsPath(node: string): string {
  return `/api/v1/pods?${new URLSearchParams({ fieldSelector: `spec.nodeName=${node}` }).toString()}`;
}

/**
 * Cordons a node and evicts its pods, each again and again while the API server asks for patience (429), as for the sake
 * of a disruption budget. Done when all were evicted or refused, not when they have ended.
 *
 * @throws KubernetesError, UnreachableError where it could not begin
 */
export async function drain({ api, node, agreed, signal, found, told, wait }: Drain): Promise<void> {
  const cordon = JSON.stringify(PATCHES.cordon?.body());
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
  await api.json({ method: 'PATCH', path, contentType: MERGE_PATCH, body: cordon, signal });
  const pods = readNodePods(await api.json({ path: nodePodsPath(node), signal }));
  const version = await evictionVersion(api, signal);
  found(pods);
  let left = pods.filter((pod) => isEvicted(pod, agreed));
  for (let background = false; left.length > 0 && !signal.aborted; background = true) {
    const waiting: NodePod[] = [];
    let delayMs = RETRY_MS;
    for (const pod of left) {
      if (signal.aborted) return;
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that stopping leaves the rest alone
      const { retryAfterMs, ...eviction } = await evict(api, pod, { version, background });
      told(pod, eviction);
      if (eviction.state === 'waits') waiting.push(pod);
      delayMs = Math.max(delayMs, retryAfterMs ?? 0);
    }
    left = waiting;
    // oxlint-disable-next-line no-await-in-loop -- a pause between the rounds
    if (left.length > 0) await wait(delayMs, signal);
  }
}

/** What may be otherwise in a moment: a disruption budget, and an API server or portal that cannot be reached. */
const PASSING = new Set([0, 429, 503, 504]);

/** @param how `background`: nobody asked for it again, so that a drain that waits does not keep a session alive */
async function evict(
  api: KubernetesApi,
  { namespace, name, uid }: NodePod,
  how: { version: string; background: boolean },
): Promise<Eviction & { readonly retryAfterMs: number | null }> {
  const body = JSON.stringify({
    ...{ apiVersion: `policy/${how.version}`, kind: 'Eviction', metadata: { namespace, name } },
    // Not what came to be under the same name meanwhile.
    deleteOptions: { preconditions: { uid } },
  });
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
  try {
    await api.json({ method: 'POST', path, body, background: how.background });
    return { state: 'ends', message: '', retryAfterMs: null };
  } catch (error) {
    const { status, retryAfterMs } = error instanceof KubernetesError ? error : { status: 0, retryAfterMs: null };
    if (status === 404) return { state: 'ends', message: '', retryAfterMs };
    return { state: PASSING.has(status) ? 'waits' : 'failed', message: sentenceOf(error), retryAfterMs };
  }
}

const podResourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), version: z.string().optional() })),
});

/** `v1`; `v1beta1` on servers before Kubernetes 1.22. */
async function evictionVersion(api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const { resources } = podResourcesSchema.parse(await api.json({ path: '/api/v1', signal }));
  return resources.find(({ name }) => name === 'pods/eviction')?.version ?? 'v1';
}
