import { sentenceOf } from '../../api/api-error.ts';
import { KubernetesError } from '../kubernetes-api.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import { objectSchema } from '../kubernetes-object.ts';
import type { NewDocument, NewObject } from './documents.ts';

/**
 * What became of a document: `fine` where the API server would create it, `later` where it knows that only once the
 * namespace or the definition is there, which a document before it creates.
 */
export type Outcome =
  | { readonly state: 'fine' | 'later' }
  | { readonly state: 'refused'; readonly message: string }
  /** Under the name that the API server chose, where it was to. */
  | { readonly state: 'created'; readonly name: string };

/** How long it takes an API server to serve a kind that was just defined, at most. */
const WAITS = 40;
const WAIT_MS = 250;

/** What was created, by what was sent: it is not created again when the rest of a text is. */
export type Created = ReadonlyMap<string, Outcome>;

/** Asks the API server about each document, and creates nothing. */
export async function tryAll(
  api: KubernetesApi,
  documents: readonly NewDocument[],
  created: Created,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const before: NewObject[] = [];
  for (const document of documents) {
    if (document.problem !== null) {
      outcomes.push({ state: 'refused', message: document.problem });
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- in the order in which they are created
    outcomes.push(created.get(keyOf(document)) ?? (await tryOne(api, document, before)));
    before.push(document);
  }
  return outcomes;
}

async function tryOne(api: KubernetesApi, document: NewObject, before: readonly NewObject[]): Promise<Outcome> {
  try {
    await post(api, document, 'dryRun=All&');
    return { state: 'fine' };
  } catch (error) {
    const isMade = before.some(({ type, name, defines }) =>
      defines === null ? type.key === 'v1/namespaces' && name === document.namespace : defines === document.type,
    );
    if (isMissing(error) && isMade) return { state: 'later' };
    return { state: 'refused', message: sentenceOf(error) };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 404;
}

/** Creates what was not created before, one after the other; a refusal does not keep the rest from being created. */
export async function createAll(
  api: KubernetesApi,
  documents: readonly NewDocument[],
  created: Created,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly created: Created }> {
  const outcomes: Outcome[] = [];
  const now = new Map(created);
  const defined = new Set(documents.flatMap((each) => (each.problem === null ? (each.defines ?? []) : [])));
  for (const document of documents) {
    if (document.problem !== null) {
      outcomes.push({ state: 'refused', message: document.problem });
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- a namespace before what is in it
    const outcome =
      created.get(keyOf(document)) ?? (await createOne(api, document, defined.has(document.type) ? WAITS : 0));
    outcomes.push(outcome);
    if (outcome.state === 'created') now.set(keyOf(document), outcome);
  }
  return { outcomes, created: now };
}

/** @param waits how often it is tried again where the API server does not know the kind yet, which was just defined */
async function createOne(api: KubernetesApi, document: NewObject, waits: number): Promise<Outcome> {
  try {
    const { metadata } = objectSchema.parse(await post(api, document, ''));
    return { state: 'created', name: metadata.name };
  } catch (error) {
    if (!isMissing(error) || waits === 0) return { state: 'refused', message: sentenceOf(error) };
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    return createOne(api, document, waits - 1);
  }
}

/** Fields that the API server does not know are refused, where it can (Kubernetes 1.25), rather than dropped. */
function post(api: KubernetesApi, { path, body }: NewObject, query: string): Promise<unknown> {
  return api.json({ method: 'POST', path: `${path}?${query}fieldValidation=Strict`, body });
}

function keyOf({ path, body }: NewObject): string {
  return `${path} ${body}`;
}
