import { sentenceOf } from '../../api/api-error.ts';
import { KubernetesError } from '../kubernetes-api.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import { objectSchema } from '../kubernetes-object.ts';
import type { NewDocument, NewObject } from './documents.ts';

/**
 * What became of a document: `fine` where the API server would create it, `later` where it knows that only once the
 * namespace is there, which a document before it creates.
 */
export type Outcome =
  | { readonly state: 'fine' | 'later' }
  | { readonly state: 'refused'; readonly message: string }
  /** Under the name that the API server chose, where it was to. */
  | { readonly state: 'created'; readonly name: string };

/** What was created, by what was sent: it is not created again when the rest of a text is. */
export type Created = ReadonlyMap<string, Outcome>;

/** Asks the API server about each document, and creates nothing. */
export async function tryAll(
  api: KubernetesApi,
  documents: readonly NewDocument[],
  created: Created,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const namespaces = new Set<string>();
  for (const document of documents) {
    if (document.problem !== null) {
      outcomes.push({ state: 'refused', message: document.problem });
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- in the order in which they are created
    outcomes.push(created.get(keyOf(document)) ?? (await tryOne(api, document, namespaces)));
    if (document.type.key === 'v1/namespaces') namespaces.add(document.name);
  }
  return outcomes;
}

async function tryOne(api: KubernetesApi, document: NewObject, namespaces: ReadonlySet<string>): Promise<Outcome> {
  try {
    await post(api, document, 'dryRun=All&');
    return { state: 'fine' };
  } catch (error) {
    const isMissing = error instanceof KubernetesError && error.status === 404;
    if (isMissing && namespaces.has(document.namespace ?? '')) return { state: 'later' };
    return { state: 'refused', message: sentenceOf(error) };
  }
}

/** Creates what was not created before, one after the other; a refusal does not keep the rest from being created. */
export async function createAll(
  api: KubernetesApi,
  documents: readonly NewDocument[],
  created: Created,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly created: Created }> {
  const outcomes: Outcome[] = [];
  const now = new Map(created);
  for (const document of documents) {
    if (document.problem !== null) {
      outcomes.push({ state: 'refused', message: document.problem });
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- a namespace before what is in it
    const outcome = created.get(keyOf(document)) ?? (await createOne(api, document));
    outcomes.push(outcome);
    if (outcome.state === 'created') now.set(keyOf(document), outcome);
  }
  return { outcomes, created: now };
}

async function createOne(api: KubernetesApi, document: NewObject): Promise<Outcome> {
  try {
    const { metadata } = objectSchema.parse(await post(api, document, ''));
    return { state: 'created', name: metadata.name };
  } catch (error) {
    return { state: 'refused', message: sentenceOf(error) };
  }
}

/** Fields that the API server does not know are refused, where it can (Kubernetes 1.25), rather than dropped. */
function post(api: KubernetesApi, { path, body }: NewObject, query: string): Promise<unknown> {
  return api.json({ method: 'POST', path: `${path}?${query}fieldValidation=Strict`, body });
}

function keyOf({ path, body }: NewObject): string {
  return `${path} ${body}`;
}
