import type { Action } from './offered-actions.ts';

/** An action that is one merge patch, once it was confirmed. */
export interface Patch {
  /** The verb of title and button. */
  readonly verb: string;
  /** What comes of it. */
  readonly text: string;
  /** The rest of the sentence that says that it is done. */
  readonly done: string;
  readonly body: () => object;
}

export const PATCHES: Partial<Record<Action, Patch>> = {
  restart: {
    verb: 'Restart',
    text: 'Its pods are replaced, as many at a time as its update strategy allows.',
    done: 'restarts',
    // As `kubectl rollout restart` does it.
    body: () => {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      return { spec: { template: { metadata: { annotations } } } };
    },
  },
  suspend: {
    verb: 'Suspend',
    text: 'It starts no more jobs until it is resumed. Jobs that run go on.',
    done: 'is suspended',
    body: () => ({ spec: { suspend: true } }),
  },
  resume: {
    verb: 'Resume',
    text: 'It starts jobs on schedule again. One that was missed meanwhile may start at once.',
    done: 'is resumed',
    body: () => ({ spec: { suspend: false } }),
  },
  cordon: {
    verb: 'Cordon',
    text: 'No new pods are put on it. Those that are there stay.',
    done: 'is cordoned',
    body: () => ({ spec: { unschedulable: true } }),
  },
  uncordon: {
    verb: 'Uncordon',
    text: 'New pods may be put on it again.',
    done: 'is uncordoned',
    body: () => ({ spec: { unschedulable: null } }),
  },
};
