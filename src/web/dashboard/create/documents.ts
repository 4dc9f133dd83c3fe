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
  /** The kind that it defines, for documents after it: a CustomResourceDefinition's. */
  readonly defines: ResourceType | null;
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
const definitionSchema = z.object({
  apiVersion: z.string().startsWith('apiextensions.k8s.io/'),
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string(),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.object({ kind: z.string(), plural: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })).default([]),
  }),
});
const listSchema = z.object({ apiVersion: z.literal('v1'), kind: z.literal('List'), items: z.array(z.unknown()) });

/**
 * The documents of a text, which `---` separates; the items of a List are documents of their own. Each may be of a kind that a
 * document before it defines.
 *
 * @param namespace of those that name none
 */
export function readDocuments(text: string, types: readonly ResourceType[], namespace: string): readonly NewDocument[] {
  const known = [...types];
  return parseAllDocuments(text).flatMap((document, index): NewDocument[] => {
    const words = `Document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) return [{ words, problem: firstLineOf(error.message) }];
    try {
      // Without aliases without end: a small text would become a large object.
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value === null) return [];
      const items = listSchema.safeParse(value).data?.items ?? [value];
      return items.map((item) => {
        const read = resolve(item, words, known, namespace);
        if (read.problem === null && read.defines !== null) known.push(read.defines);
        return read;
      });
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
    ...{ words: called, problem: null, type: known, defines: definedBy(value), namespace, name },
    path: collectionPath(type, namespace),
    body: JSON.stringify(value),
  };
}

/** What a definition makes known. */
function definedBy(value: unknown): ResourceType | null {
  const { data } = definitionSchema.safeParse(value);
  if (data === undefined) return null;
  const { group, scope, names, versions } = data.spec;
  const version = versions.find(({ served }) => served)?.name ?? '';
  const key = `${group}/${version}/${names.plural}`;
  return { key, group, version, ...names, namespaced: scope === 'Namespaced', verbs: [], shortNames: [] };
}

function firstLineOf(message: string): string {
  return message.replace(/:?\n.*$/s, '.');
}

/** Whether a text may have a Secret in it; also while it is no YAML. */
export function mayHaveSecret(text: string): boolean {
  return /kind["']?\s*:\s*["']?Secret(?:List)?\b/.test(text);
}
