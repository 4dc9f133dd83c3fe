import type { KubernetesRequest } from '../kubernetes-api.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import type { Dashboard } from '../use-dashboard.ts';

/** What the dialog of an action is given. */
export interface DialogProps {
  readonly dashboard: Dashboard;
  /** The object as it is now. */
  readonly object: KubernetesObject;
  readonly path: string;
  readonly onClose: () => void;
  /** @param done what people are told once it is done */
  readonly send: (request: KubernetesRequest, done: string) => Promise<void>;
}

export const MERGE_PATCH = 'application/merge-patch+json';

/** What a dialog calls its object: *Deployment web*. Between marks that keep a name from turning the sentence around it. */
export function wordsFor({ kind, metadata }: KubernetesObject): string {
  return `${kind} \u2068${metadata.name}\u2069`;
}
