import { z } from 'zod';
import type { KubernetesObject } from '../kubernetes-object.ts';

/** A state of a workload's pods that it had, or has. */
export interface Revision {
  readonly number: number;
  readonly createdAt: string;
  readonly images: readonly string[];
  /** What takes the workload back to it. */
  readonly patch: { readonly contentType: string; readonly body: string };
}

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';

const metadataSchema = z.object({
  creationTimestamp: z.string(),
  annotations: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().default(false) })).nullish(),
});
const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  spec: z.looseObject({ containers: z.array(z.object({ image: z.string().default('') }).loose()) }),
});
const ownedSchema = z.object({ metadata: metadataSchema });
const replicaSetSchema = z.object({ metadata: metadataSchema, spec: z.object({ template: templateSchema }) });
const controllerRevisionSchema = z.object({
  metadata: metadataSchema,
  revision: z.number(),
  data: z.looseObject({ spec: z.looseObject({ template: templateSchema }) }),
});

/**
 * The revisions of a workload, the newest first, which is how it is now.
 *
 * @param list ReplicaSets for a Deployment, else ControllerRevisions, also those of others
 */
export function readRevisions(owner: KubernetesObject, list: unknown): Revision[] {
  const { items } = z.object({ items: z.array(z.unknown()) }).parse(list);
  const read = owner.kind === 'Deployment' ? ofReplicaSet : ofControllerRevision;
  const own = items.filter((item) => isOf(owner, ownedSchema.parse(item).metadata));
  return own.flatMap((item) => read(owner, item)).toSorted((a, b) => b.number - a.number);
}

function ofReplicaSet(owner: KubernetesObject, item: unknown): Revision[] {
  const { metadata, spec } = replicaSetSchema.parse(item);
  const number = Number(metadata.annotations?.[REVISION]);
  if (!Number.isInteger(number)) return [];
  const { [HASH]: _hash, ...labels } = spec.template.metadata?.labels ?? {};
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  const body = JSON.stringify([
    // Not over what somebody changed meanwhile: the API server refuses another version with a conflict.
    { op: 'replace', path: '/metadata/resourceVersion', value: owner.metadata.resourceVersion },
    { op: 'replace', path: '/spec/template', value: template },
  ]);
  return [revisionOf(number, metadata, template, 'application/json-patch+json', body)];
}

/** Its data is a patch already, which puts the whole template in place. */
function ofControllerRevision(owner: KubernetesObject, item: unknown): Revision[] {
  const { metadata, revision, data } = controllerRevisionSchema.parse(item);
  const body = JSON.stringify({ ...data, metadata: { resourceVersion: owner.metadata.resourceVersion } });
  return [revisionOf(revision, metadata, data.spec.template, 'application/strategic-merge-patch+json', body)];
}

function revisionOf(
  number: number,
  { creationTimestamp: createdAt }: z.infer<typeof metadataSchema>,
  { spec }: z.infer<typeof templateSchema>,
  contentType: string,
  body: string,
): Revision {
  return { number, createdAt, images: spec.containers.map(({ image }) => image), patch: { contentType, body } };
}

function isOf(owner: KubernetesObject, { ownerReferences }: z.infer<typeof metadataSchema>): boolean {
  return (ownerReferences ?? []).some(({ uid, controller }) => controller && uid === owner.metadata.uid);
}
