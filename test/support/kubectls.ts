import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/** The kubectl in PATH; undefined where there is none. */
export function kubectlInPath(path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'kubectl'))
    .find(isExecutable);
}

/**
 * Each kubectl that is found: the one built with the cluster, the one in PATH, and its other versions beside that.
 *
 * @throws when there is none in PATH: the newer ones speak other protocols than the built one, so that one would be too few
 */
export function findKubectls(built: string, path = process.env['PATH'] ?? ''): { name: string; path: string }[] {
  const inPath = kubectlInPath(path);
  if (inPath === undefined) {
    throw new Error(
      'There is no kubectl in PATH, and these tests need one besides the one that is built with the cluster: ' +
        'apt-get install kubernetes-client',
    );
  }
  const folder = dirname(realpathSync(inPath));
  const versions = readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name));
  const all = [built, inPath, ...versions.map((name) => join(folder, name))];
  return [...new Set(all)].map((each) => ({ name: basename(each), path: each }));
}

/** The version of a kubectl: 33 for 1.33. */
export function minorVersionOf(kubectl: string): number {
  const printed = execFileSync(kubectl, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  return Number(/"gitVersion": "v1\.(\d+)/.exec(printed)?.[1]);
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
