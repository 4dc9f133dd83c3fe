import { lstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PortalError } from '../core/portal-error.ts';
import { placesOf, readClusters } from './clusters.ts';
import { mergeContexts } from './merge-contexts.ts';
import { readText } from './sign-ins.ts';
import type { ListOptions } from './sessions.ts';
import type { Surroundings } from './surroundings.ts';
import { writePrivate } from './write-private.ts';

export interface KubeconfigOptions extends ListOptions {
  readonly file?: string;
  readonly print?: boolean;
}

/** `curfew kubeconfig`: contexts for every cluster that the caller reaches and every tenant, without any secret. */
export async function kubeconfig(options: KubeconfigOptions, around: Surroundings): Promise<void> {
  const signIn = around.signIns.require(options.server);
  const { items, gateway } = await readClusters(signIn);
  if (gateway === undefined) {
    throw new PortalError(
      'unavailable',
      `${signIn.server} is older than this command, and says no address for kubectl.`,
    );
  }
  const path = realPath(options.file ?? defaultPath(around.env));
  const before = options.print === true ? null : readText(path);
  const portal = { server: signIn.server, username: signIn.username, ...gateway };
  const { text, contexts } = mergeContexts(before ?? '', path, portal, placesOf(items));
  if (options.print === true) return around.print(text.trimEnd());
  if (text !== before) writeFile(path, text);
  if (options.json === true) return around.print(JSON.stringify({ file: path, contexts }, null, 2));
  if (contexts.length === 0) return around.print('You reach no cluster. An administrator can grant you one.');
  around.print(`${path} has the contexts ${contexts.join(', ')}.`);
  around.print(`Use one with: kubectl --context ${contexts[0] ?? ''} get pods`);
}

/** The file that kubectl would write: the first one that `KUBECONFIG` names, else the one in the home folder. */
function defaultPath(env: Surroundings['env']): string {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).find((path) => path !== '');
  return named ?? join(homedir(), '.kube', 'config');
}

/** Where a link leads, so that the link stays one. */
function realPath(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? realpathSync(path) : path;
}

function writeFile(path: string, text: string): void {
  try {
    writePrivate(path, text);
  } catch (error) {
    throw new PortalError('invalid-request', `${path} cannot be written: ${(error as Error).message}.`);
  }
}
