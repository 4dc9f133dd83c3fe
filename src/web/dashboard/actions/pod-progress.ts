import type { Eviction } from './drain.ts';
import { isEvicted } from './node-pods.ts';
import type { Loss, NodePod } from './node-pods.ts';

/** Where a pod of a node that is being drained stands. */
export interface PodProgress {
  readonly text: string;
  /** `left`: it is to go and is still there; `over`: so is one whose eviction was refused for good. */
  readonly phase: 'stays' | 'left' | 'over' | 'gone';
}

const KEPT_FOR: Record<Loss, string> = {
  data: 'its data would be lost',
  pod: 'it would not come back',
};

/** @param isThere whether the node still has it */
export function progressOf(
  pod: NodePod,
  eviction: Eviction | undefined,
  agreed: ReadonlySet<Loss>,
  isThere: boolean,
): PodProgress {
  if (!isThere) return { text: 'Gone', phase: 'gone' };
  if (pod.stays !== null) return { text: `Stays: it is ${pod.stays}`, phase: 'stays' };
  if (!isEvicted(pod, agreed)) {
    const reasons = pod.losses.filter((loss) => !agreed.has(loss)).map((loss) => KEPT_FOR[loss]);
    return { text: `Stays: ${reasons.join(', and ')}`, phase: 'stays' };
  }
  switch (eviction?.state) {
    case undefined:
      return { text: 'To be evicted', phase: 'left' };
    case 'ends':
      return { text: 'Evicted, and ends', phase: 'left' };
    case 'waits':
      return { text: `Waits: ${eviction.message}`, phase: 'left' };
    case 'failed':
      return { text: eviction.message, phase: 'over' };
  }
}

/** What there is to say of all of them. */
export function summaryOf(pods: readonly PodProgress[]): string {
  const count = (...phases: PodProgress['phase'][]): number =>
    pods.filter(({ phase }) => phases.includes(phase)).length;
  const stay = count('stays');
  const left = count('left', 'over');
  const rest = stay === 0 ? '' : ` ${stay === 1 ? '1 stays' : `${stay} stay`}.`;
  return left === 0
    ? `All pods that are to go are gone.${rest}`
    : `${count('gone')} of ${left + count('gone')} pods are gone, ${left} ${left === 1 ? 'is' : 'are'} left.${rest}`;
}
