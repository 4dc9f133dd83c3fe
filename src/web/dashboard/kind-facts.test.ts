import { describe, expect, it } from 'vitest';
import { kindFacts } from './kind-facts.ts';
import { objectSchema } from './kubernetes-object.ts';

const factsOf = (apiVersion: string, kind: string, rest: object) =>
  Object.fromEntries(
    kindFacts(objectSchema.parse({ apiVersion, kind, metadata: { name: 'x', namespace: 'dev' }, ...rest })).map(
      ({ name, text, to }) => [name, to === undefined ? text : [text, to]],
    ),
  );

describe('what is worth knowing', () => {
  it('of a pod', () => {
    expect(
      factsOf('v1', 'Pod', {
        spec: {
          nodeName: 'node1',
          containers: [
            { name: 'main', image: 'a:1' },
            { name: 'side', image: 'b:1' },
          ],
        },
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'side', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
            { name: 'main', restartCount: 0, state: { running: { startedAt: 'now' } } },
          ],
        },
      }),
    ).toEqual({
      Phase: 'Running',
      Node: ['node1', { kind: 'v1/nodes', name: 'node1' }],
      Containers: 'main: a:1, running\nside: b:1, waiting (CrashLoopBackOff), started again 3 ×',
    });
  });

  it('of a deployment', () => {
    expect(
      factsOf('apps/v1', 'Deployment', {
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'web' } },
          template: { spec: { containers: [{ image: 'a:1' }, { image: 'b:2' }] } },
        },
        status: { readyReplicas: 2 },
      }),
    ).toEqual({
      Ready: '2 of 3',
      Images: 'a:1, b:2',
      ReplicaSets: ['app=web', { kind: 'apps/v1/replicasets', labels: 'app=web', namespace: 'dev' }],
    });
  });

  it('of a node leads to its pods', () => {
    expect(
      factsOf('v1', 'Node', { spec: { unschedulable: true, taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
    ).toEqual({
      Cordoned: 'yes',
      Taints: 'a: NoSchedule',
      Pods: ['those on this node', { kind: 'v1/pods', fields: 'spec.nodeName=x' }],
    });
  });

  it.each([
    ['serving.knative.dev/v1', 'Service', { spec: { type: 'what ever' } }],
    ['v1', 'ConfigMap', {}],
    ['v1', 'Event', {}],
    ['v1', 'Service', { spec: 'not at all', status: [1] }],
    ['networking.k8s.io/v1', 'Ingress', { spec: { rules: 'none', tls: null } }],
  ])('is nothing of %s %s that says nothing', (apiVersion, kind, rest) => {
    expect(factsOf(apiVersion, kind, rest)).toEqual({});
  });
});
