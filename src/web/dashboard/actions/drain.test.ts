import { expect, it } from 'vitest';
import { KubernetesError } from '../kubernetes-api.ts';
import type { KubernetesRequest } from '../kubernetes-api.ts';
import { drain } from './drain.ts';

const pod = (name: string) => ({
  metadata: { uid: `uid-${name}`, namespace: 'dev', name, ownerReferences: [{ kind: 'ReplicaSet', controller: true }] },
  spec: {},
  status: { phase: 'Running' },
});

/** Drains a node with those pods on it; `refusals` are what their evictions are answered with, one after the other. */
async function drained(names: string[], refusals: Record<string, (KubernetesError | null)[]>, stopAfter = Infinity) {
  const requests: KubernetesRequest[] = [];
  const told: string[] = [];
  const waits: number[] = [];
  const stopping = new AbortController();
  const json = async (request: KubernetesRequest): Promise<unknown> => {
    requests.push(request);
    if (request.path === '/api/v1') return { resources: [{ name: 'pods/eviction', version: 'v1beta1' }] };
    if (request.path.startsWith('/api/v1/pods?')) return { items: names.map(pod) };
    const refusal = refusals[request.path.split('/').at(-2) ?? '']?.shift() ?? null;
    if (refusal !== null) throw refusal;
    return {};
  };
  await drain({
    api: { json, text: async () => '' },
    node: 'n1',
    agreed: new Set(),
    signal: stopping.signal,
    found: () => undefined,
    told: ({ name }, { state, message }) => {
      told.push(`${name} ${state} ${message}`.trim());
      if (told.length >= stopAfter) stopping.abort();
    },
    wait: async (ms) => void waits.push(ms),
  });
  return { requests, told, waits };
}
const refusal = (status: number, message: string, retryAfterMs: number | null = null) =>
  new KubernetesError(status, { message }, retryAfterMs);

it('cordons first, then evicts exactly the pods that were there, in the version that the server has', async () => {
  const { requests, told, waits } = await drained(['a', 'b'], { b: [refusal(404, 'gone')] });
  expect(requests.map(({ method = 'GET', path }) => `${method} ${path}`)).toEqual([
    'PATCH /api/v1/nodes/n1',
    'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn1',
    'GET /api/v1',
    'POST /api/v1/namespaces/dev/pods/a/eviction',
    'POST /api/v1/namespaces/dev/pods/b/eviction',
  ]);
  expect(JSON.parse(requests[3]?.body ?? '')).toMatchObject({
    apiVersion: 'policy/v1beta1',
    deleteOptions: { preconditions: { uid: 'uid-a' } },
  });
  expect([told, waits]).toEqual([['a ends', 'b ends'], []]);
});

it('asks again after the time that it is told, in the background, and not where it was refused', async () => {
  const budget = refusal(429, 'budget', 12_000);
  const { requests, told, waits } = await drained(['a', 'b'], { a: [budget], b: [refusal(403, 'forbidden')] });
  expect(told).toEqual(['a waits budget', 'b failed forbidden', 'a ends']);
  expect(waits).toEqual([12_000]);
  expect(requests.slice(3).map(({ background }) => background)).toEqual([false, false, true]);
});

it('stops where it is', async () => {
  const { told } = await drained(['a', 'b', 'c'], { a: [refusal(429, 'budget')] }, 2);
  expect(told).toEqual(['a waits budget', 'b ends']);
});
