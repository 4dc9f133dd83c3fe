import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ClusterDefinition } from './cluster.ts';
import { ContextProblem, defineContext } from './context-definition.ts';
import { codeOf, messageOf } from './error-code.ts';
import { emptyKubeconfig, mergeKubeconfig } from './kubeconfig-file.ts';

/** What the kubeconfig gave: clusters, contexts that cannot be used, and files that could not be read. */
export interface LoadedKubeconfig {
  readonly clusters: ClusterDefinition[];
  readonly unusable: { readonly name: string; readonly message: string }[];
  /** Files that could not be read; each message is a sentence that names the file. */
  readonly problems: { readonly path: string; readonly message: string }[];
}

/** Where kubectl would look: the paths of KUBECONFIG, else `~/.kube/config`. */
export function kubeconfigPaths(environment: NodeJS.ProcessEnv): string[] {
  const paths = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return paths.length > 0 ? paths : [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
}

/**
 * Reads every context of one or more kubeconfigs, except those that Curfew wrote. Files that are not there are passed
 * over; a file or context that is broken is reported and leaves the others as they are, so that the portal starts.
 */
export function loadKubeconfig(paths: readonly string[]): LoadedKubeconfig {
  const loaded: LoadedKubeconfig = { clusters: [], unusable: [], problems: [] };
  const merged = emptyKubeconfig();
  for (const path of paths) {
    const message = readInto(merged, path);
    if (message !== null) loaded.problems.push({ path, message });
  }
  for (const name of merged.contexts.keys()) {
    try {
      loaded.clusters.push(defineContext(merged, name));
    } catch (error) {
      if (!(error instanceof ContextProblem)) throw error;
      loaded.unusable.push({ name, message: error.message });
    }
  }
  return loaded;
}

function readInto(merged: Parameters<typeof mergeKubeconfig>[0], path: string): string | null {
  try {
    return mergeKubeconfig(merged, path, readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    return `${path} cannot be read: ${messageOf(error)}.`;
  }
}
