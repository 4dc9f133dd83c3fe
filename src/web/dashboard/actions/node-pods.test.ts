import { expect, it } from 'vitest';
import { isEvicted, readNodePods } from './node-pods.ts';

const pod = (name: string, metadata: object, spec: object = {}, phase = 'Running') => ({
  metadata: { uid: name, namespace: 'dev', name, ...metadata },
  spec,
  status: { phase },
});
const ownedBy = (kind: string) => ({ ownerReferences: [{ kind, controller: true }] });
const emptyDir = { volumes: [{ name: 'tmp', emptyDir: {} }] };

it("a DaemonSet's pods and the node's own stay, and what would be lost has to be agreed to", () => {
  const pods = readNodePods({
    items: [
      pod('agent', ownedBy('DaemonSet'), emptyDir),
      pod('static', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      pod('web', ownedBy('ReplicaSet')),
      pod('cache', ownedBy('ReplicaSet'), emptyDir),
      pod('bare', {}, { volumes: null }),
      pod('both', {}, emptyDir),
      pod('done', {}, emptyDir, 'Succeeded'),
    ],
  });
  expect(pods.map(({ name, stays, losses }) => [name, stays, losses.join()])).toEqual([
    ['agent', 'of a DaemonSet', 'data'],
    ['static', 'of the node itself', 'pod'],
    ['web', null, ''],
    ['cache', null, 'data'],
    ['bare', null, 'pod'],
    ['both', null, 'data,pod'],
    ['done', null, ''],
  ]);
  const evicted = (...agreed: ('data' | 'pod')[]) =>
    pods.filter((each) => isEvicted(each, new Set(agreed))).map(({ name }) => name);
  expect(evicted()).toEqual(['web', 'done']);
  expect(evicted('data')).toEqual(['web', 'cache', 'done']);
  expect(evicted('data', 'pod')).toEqual(['web', 'cache', 'bare', 'both', 'done']);
});
