import { expect, it } from 'vitest';
import type { Eviction } from './drain.ts';
import type { NodePod } from './node-pods.ts';
import { progressOf, summaryOf } from './pod-progress.ts';

const pod = (changes: Partial<NodePod> = {}): NodePod => ({
  ...{ uid: 'u', namespace: 'dev', name: 'web', stays: null, losses: [] },
  ...changes,
});
const progress = (changes: Partial<NodePod>, eviction?: Eviction, isThere = true) =>
  progressOf(pod(changes), eviction, new Set(), isThere);

it('says where each pod stands, and what is left', () => {
  const all = [
    progress({}, { state: 'ends', message: '' }, false),
    progress({}, { state: 'ends', message: '' }),
    progress({}, { state: 'waits', message: 'the budget' }),
    progress({}, { state: 'failed', message: 'forbidden' }),
    progress({}),
    progress({ stays: 'of a DaemonSet', losses: ['pod'] }),
    progress({ losses: ['data', 'pod'] }),
  ];
  expect(all.map(({ text, phase }) => `${phase} | ${text}`)).toEqual([
    'gone | Gone',
    'left | Evicted, and ends',
    'left | Waits: the budget',
    'over | forbidden',
    'left | To be evicted',
    'stays | Stays: it is of a DaemonSet',
    'stays | Stays: its data would be lost, and it would not come back',
  ]);
  expect(summaryOf(all)).toBe('1 of 5 pods are gone, 4 are left. 2 stay.');
  expect(summaryOf([all[0]!, all[5]!])).toBe('All pods that are to go are gone. 1 stays.');
});
