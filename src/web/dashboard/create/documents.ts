import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { sentenceOf } from '../../api/api-error.ts';
import { collectionPath } from '../resource-type.ts';
import type { ResourceType } from '../resource-type.ts';

/** What is created of a document that somebody wrote. */
export interface NewObject {
  /** What it is called: *Pod web*. */
  readonly words: string;
  readonly problem: null;
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly name: string;
  /** Where it is created. */
  readonly path: string;
  readonly body: string;
}

/** A document, or why it cannot be sent to the API server. */
export type NewDocument = NewObject | { readonly words: string; readonly problem: string };

const objectSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string().default(''),
    generateName: z.string().default(''),
    namespace: z.string().optional(),
  }),
});
const listSchema = z.object({ apiVersion: z.literal('v1'), kind: z.literal('List'), items: z.array(z.unknown()) });

/**
 * The documents of a text, which `---` separates; the items of a List are documents of their own.
 *
 * @param namespace of those that name none
 */
export function readDocuments(text: string, types: readonly ResourceType[], namespace: string): readonly NewDocument[] {
  return parseAllDocuments(text).flatMap((document, index): NewDocument[] => {
    const words = `Document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) return [{ words, problem: firstLineOf(error.message) }];
    try {
      // Without aliases without end: a small text would become a large object.
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value === null) return [];
      const items = listSchema.safeParse(value).data?.items ?? [value];
      return items.map((item) => resolve(item, words, types, namespace));
    } catch (thrown) {
      return [{ words, problem: sentenceOf(thrown) }];
    }
  });
}

function resolve(value: unknown, words: string, types: readonly ResourceType[], fallback: string): NewDocument {
  const { data } = objectSchema.safeParse(value);
  if (data === undefined) return { words, problem: 'It needs apiVersion, kind and metadata.' };
  const { apiVersion, kind, metadata } = data;
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const name = metadata.name || metadata.generateName;
  const called = `${kind} ${name}`.trim();
  const known = types.find((type) => type.kind === kind && type.group === group);
  if (known === undefined) {
    const problem = `The API server had no ${kind} of ${apiVersion} when this page was loaded. Your draft outlives loading it again.`;
    return { words: called, problem };
  }
  // Also where the group prefers another version.
  const type = { ...known, version };
  const namespace = known.namespaced ? (metadata.namespace ?? fallback) : null;
  return {
    ...{ words: called, problem: null, type: known, namespace, name },
    path: collectionPath(type, namespace),
    body: JSON.stringify(value),
  };
}

function firstLineOf(message: string): string {
  return message.replace(/:?\n.*$/s, '.');
}

/** Whether a text may have a Secret in it; also while it is no YAML. */
export function mayHaveSecret(text: string): boolean {
  return /kind["']?\s*:\s*["']?Secret(?:List)?\b/.test(text);
}
