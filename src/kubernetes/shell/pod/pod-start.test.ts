import { describe, expect, it } from 'vitest';
import type { ShellPod } from './pod-api.ts';
import { isLeftover, startOf } from './pod-start.ts';

const CREATED = '2026-01-01T00:00:00Z';
const MADE_AT = Date.parse(CREATED);

type State = ShellPod['status']['containerStatuses'][number]['state'];

function podWith(phase: string, state?: State, conditions: ShellPod['status']['conditions'] = []): ShellPod {
  const containerStatuses = state === undefined ? [] : [{ state }];
  return { metadata: { name: 'p', creationTimestamp: CREATED }, status: { phase, conditions, containerStatuses } };
}

describe('the start of a pod', () => {
  it.each([
    ['runs', podWith('Running', { running: {} }), { state: 'running' }],
    ['is new', podWith('Pending'), { state: 'waiting', why: '' }],
    [
      'is being created',
      podWith('Pending', { waiting: { reason: 'ContainerCreating', message: '' } }),
      { state: 'waiting', why: '' },
    ],
    [
      'fits on no node',
      podWith('Pending', undefined, [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }]),
      { state: 'waiting', why: '0/1 nodes are available' },
    ],
    [
      'has no image',
      podWith('Pending', { waiting: { reason: 'ErrImageNeverPull', message: 'not present' } }),
      { state: 'failed', why: 'ErrImageNeverPull: not present' },
    ],
    [
      'has an image without the relay',
      podWith('Running', { terminated: { reason: 'StartError', message: 'no curfew-relay' } }),
      { state: 'failed', why: 'StartError: no curfew-relay' },
    ],
    ['was evicted', podWith('Failed'), { state: 'failed', why: 'it ended at once (Failed)' }],
    ['is gone', null, { state: 'failed', why: 'somebody deleted it' }],
  ])('one that %s', (_what, pod, start) => {
    expect(startOf(pod)).toEqual(start);
  });
});

describe('a leftover', () => {
  it('is what has ended, and what never began; nothing that runs, however old', () => {
    const minutes = (count: number): number => MADE_AT + count * 60_000;
    expect(isLeftover(podWith('Succeeded'), minutes(0))).toBe(true);
    expect(isLeftover(podWith('Failed'), minutes(0))).toBe(true);
    expect(isLeftover(podWith('Pending'), minutes(5))).toBe(false);
    expect(isLeftover(podWith('Pending'), minutes(5.1))).toBe(true);
    expect(isLeftover(podWith('Running', { running: {} }), minutes(100_000))).toBe(false);
  });
});
