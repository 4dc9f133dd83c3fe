import { z } from 'zod';

/** What somebody has to agree to: that data in an emptyDir is lost, that a pod does not come back elsewhere. */
export type Loss = 'data' | 'pod';

/** A pod of a node that is to be drained. */
export interface NodePod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Why it is left alone in any case, as part of a sentence. */
  readonly stays: string | null;
  readonly losses: readonly Loss[];
}

const MIRROR = 'kubernetes.io/config.mirror';
const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        ...{ uid: z.string(), namespace: z.string(), name: z.string() },
        annotations: z.record(z.string(), z.string()).nullish(),
        ownerReferences: z.array(z.object({ kind: z.string(), controller: z.boolean().default(false) })).nullish(),
      }),
      spec: z.object({ volumes: z.array(z.looseObject({ name: z.string() })).nullish() }),
      status: z.object({ phase: z.string().default('') }),
    }),
  ),
});

/** The pods in a list, as `kubectl drain` looks at them. */
export function readNodePods(list: unknown): NodePod[] {
  return podsSchema.parse(list).items.map(({ metadata, spec, status }) => {
    const { uid, namespace, name, annotations } = metadata;
    const controller = (metadata.ownerReferences ?? []).find((owner) => owner.controller);
    const isMirror = annotations?.[MIRROR] !== undefined;
    const stays = isMirror ? 'of the node itself' : controller?.kind === 'DaemonSet' ? 'of a DaemonSet' : null;
    const losses: Loss[] = [];
    // One that has finished has nothing to lose.
    if (status.phase !== 'Succeeded' && status.phase !== 'Failed') {
      if ((spec.volumes ?? []).some((volume) => 'emptyDir' in volume)) losses.push('data');
      if (controller === undefined) losses.push('pod');
    }
    return { uid, namespace, name, stays, losses };
  });
}

/** Whether a pod is evicted, given what somebody has agreed to. */
export function isEvicted({ stays, losses }: NodePod, agreed: ReadonlySet<Loss>): boolean {
  return stays === null && losses.every((loss) => agreed.has(loss));
}
