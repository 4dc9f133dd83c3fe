import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file for its owner alone (0600), whole or not at all: readers find the old content or the new one. A folder
 * that is made for it is the owner's alone, too (0700).
 */
export function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.new`;
  // Left by a process of this number that was killed.
  rmSync(aside, { force: true });
  try {
    writeFileSync(aside, content, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
