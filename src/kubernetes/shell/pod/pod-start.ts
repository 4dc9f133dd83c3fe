import type { ShellPod } from './pod-api.ts';

/** How far a pod is, on its way to a shell. */
export type PodStart =
  | { readonly state: 'running' }
  /** `why` is what it waits for, in the cluster's words; empty where it just takes its time. */
  | { readonly state: 'waiting'; readonly why: string }
  /** It will not come about. */
  | { readonly state: 'failed'; readonly why: string };

/** Reasons of a waiting container that do not go away by themselves soon enough for somebody who waits for a shell. */
const HOPELESS =
  /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|RunContainerError|CreateContainer(Config)?Error)$/;
/** A pod that has not come about by then was given up long ago by the portal that asked for it. */
const ABANDONED_AFTER_MS = 5 * 60_000;

/** @param pod null where it is not there any more */
export function startOf(pod: ShellPod | null): PodStart {
  if (pod === null) return { state: 'failed', why: 'somebody deleted it' };
  const { phase, conditions, containerStatuses } = pod.status;
  const { running, waiting, terminated } = containerStatuses[0]?.state ?? {};
  if (terminated !== undefined || hasEnded(pod)) {
    return { state: 'failed', why: describe(terminated) || `it ended at once (${phase})` };
  }
  if (running !== undefined) return { state: 'running' };
  if (waiting !== undefined && HOPELESS.test(waiting.reason)) return { state: 'failed', why: describe(waiting) };
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return { state: 'waiting', why: unscheduled?.message ?? '' };
}

/**
 * Whether a pod is nobody's any more, whichever portal made it. A pod ends by itself when its portal is gone, so that
 * nobody needs to know which portals there are.
 */
export function isLeftover(pod: ShellPod, now: number): boolean {
  const age = now - Date.parse(pod.metadata.creationTimestamp);
  return hasEnded(pod) || (pod.status.phase === 'Pending' && age > ABANDONED_AFTER_MS);
}

function hasEnded({ status: { phase } }: ShellPod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function describe(state: { reason: string; message: string } | undefined): string {
  return [state?.reason, state?.message].filter((part) => part !== undefined && part !== '').join(': ');
}
