import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that its owner alone may read. After a crash the old content stands there or the new one, never a part:
 * it is written aside, brought to the disk, and renamed.
 */
export function writeWhole(path: string, content: string | Buffer): void {
  const aside = `${path}.new`;
  writeFileSync(aside, content, { mode: 0o600, flush: true });
  renameSync(aside, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
