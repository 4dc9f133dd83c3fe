import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import { CURFEW_EXTENSION } from '../../core/access.ts';
import { kubeconfigFileSchema } from './kubeconfig-schema.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.ts';

/** An entry of a kubeconfig and the folder that its relative paths start from. */
interface Located<T> {
  readonly entry: T;
  readonly folder: string;
}

/** Several kubeconfigs as one; where a name occurs twice, the first file's wins, as with kubectl. */
export interface MergedKubeconfig {
  readonly clusters: Map<string, Located<KubeconfigCluster>>;
  readonly users: Map<string, Located<KubeconfigUser>>;
  /** Without those that Curfew wrote. */
  readonly contexts: Map<string, { readonly cluster: string; readonly user: string }>;
}

export function emptyKubeconfig(): MergedKubeconfig {
  return { clusters: new Map(), users: new Map(), contexts: new Map() };
}

/**
 * Reads one file's text into `merged`.
 *
 * @returns what is wrong with the file, as one sentence that names it; null where nothing is
 */
export function mergeKubeconfig(merged: MergedKubeconfig, file: string, text: string): string | null {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  // The message's first line has the place; the rest would quote the file, which holds secrets.
  if (error !== undefined) return `${file} is not valid YAML: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}.`;
  const parsed = kubeconfigFileSchema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${file} is not a kubeconfig: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'it is not valid'}.`;
  }
  const folder = dirname(file);
  for (const { name, cluster } of parsed.data.clusters ?? [])
    putFirst(merged.clusters, name, { entry: cluster, folder });
  for (const { name, user } of parsed.data.users ?? []) putFirst(merged.users, name, { entry: user ?? {}, folder });
  for (const { name, context } of parsed.data.contexts ?? []) {
    const ours = context.extensions?.some((extension) => extension.name === CURFEW_EXTENSION) === true;
    if (!ours) putFirst(merged.contexts, name, { cluster: context.cluster, user: context.user });
  }
  return null;
}

function putFirst<T>(map: Map<string, T>, name: string, value: T): void {
  if (!map.has(name)) map.set(name, value);
}
