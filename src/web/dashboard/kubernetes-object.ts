import { parse, stringify } from 'yaml';
import { z } from 'zod';

const ownerSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
});
const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  lastTransitionTime: z.string().nullable().default(null),
});

/** What every object of Kubernetes has; all else is as it came. */
export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
    creationTimestamp: z.string().nullable().default(null),
    deletionTimestamp: z.string().nullable().default(null),
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z.array(ownerSchema).nullish(),
  }),
  status: z
    .looseObject({ conditions: z.array(conditionSchema).nullish().catch(null) })
    .optional()
    .catch(undefined),
});
export type KubernetesObject = z.infer<typeof objectSchema>;

const labelsSchema = z.record(z.string(), z.string());
const ofPods = z.object({
  spec: z.object({ selector: z.union([z.object({ matchLabels: labelsSchema }), labelsSchema]) }),
});

/** The label selector by which something finds its pods; null where it has none. */
export function selectorOf(object: KubernetesObject): string | null {
  const found = ofPods.safeParse(object).data?.spec.selector;
  const labels = labelsSchema.safeParse(found !== undefined && 'matchLabels' in found ? found.matchLabels : found).data;
  const pairs = Object.entries(labels ?? {});
  return pairs.length === 0 ? null : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}

/** Where `kubectl apply` keeps a copy of what was applied, Secrets included. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const rawSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
});

/**
 * An object as it came, as YAML without what only the API server's bookkeeping needs.
 *
 * @param withoutCopy whether to leave out what `kubectl apply` was given
 */
export function toYaml(value: unknown, withoutCopy = false): string {
  const { metadata, ...rest } = rawSchema.parse(value);
  const { managedFields: _hidden, annotations, ...shown } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !withoutCopy || key !== LAST_APPLIED);
  const { apiVersion, kind, ...content } = rest;
  const head = kept.length === 0 ? shown : { ...shown, annotations: Object.fromEntries(kept) };
  return stringify({ apiVersion, kind, metadata: head, ...content }, { lineWidth: 0 });
}

/** The same YAML for the version of the object that the cluster has now. */
export function atVersion(text: string, resourceVersion: string): string {
  const { metadata, ...rest } = rawSchema.parse(parse(text));
  return toYaml({ ...rest, metadata: { ...metadata, resourceVersion } });
}

/**
 * YAML that somebody wrote, as JSON for the API server, which checks the rest.
 *
 * @throws Error with a sentence that says where it is no YAML, or what is missing
 */
export function yamlToJson(text: string): string {
  // Without aliases without end: a small text would become a large object.
  const value: unknown = parse(text, { maxAliasCount: 100 });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('This is no object.');
  return JSON.stringify(value);
}

const eventSchema = z.object({
  metadata: z.object({ uid: z.string(), creationTimestamp: z.string().nullable().default(null) }),
  type: z.string().default('Normal'),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().nullable().default(null),
  lastTimestamp: z.string().nullable().default(null),
  eventTime: z.string().nullable().default(null),
});

export interface ObjectEvent {
  readonly uid: string;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly at: number;
}

/** A list of events, the newest first. */
export function readEvents(value: unknown): ObjectEvent[] {
  const { items } = z.object({ items: z.array(eventSchema) }).parse(value);
  return items
    .map(({ metadata, type, reason, message, count, lastTimestamp, eventTime }) => ({
      uid: metadata.uid,
      isWarning: type !== 'Normal',
      ...{ reason, message },
      count: count ?? 1,
      at: Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''),
    }))
    .toSorted((a, b) => b.at - a.at);
}
