import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { inject } from 'vitest';

/** Each kubectl that is found: the one built with the cluster, the one in PATH, and its other versions beside that. */
export function findKubectls(): { name: string; path: string }[] {
  const inPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find((path) => isExecutable(path));
  const folder = inPath === undefined ? null : dirname(realpathSync(inPath));
  const versions = folder === null ? [] : readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name));
  const all = [inject('kubectlPath'), inPath, ...versions.map((name) => join(folder ?? '', name))];
  return [...new Set(all.filter((path) => path !== undefined))].map((path) => ({ name: basename(path), path }));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not to be run: not found.
    return false;
  }
}
