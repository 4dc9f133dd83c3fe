import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that its owner alone may read. After a crash the old content stands there or the new one, never a part:
 * it is written aside, brought to the disk, and renamed.
 */
export function writeWhole(path: string, content: string | Buffer): void {
  const aside = `${path}.new`;
  writeAside(aside, content);
  renameSync(aside, path);
  flushFolder(path);
}

/** As `writeWhole`, where there is no such file: of several processes that do so at once, the first one's stands. */
export function writeOnce(path: string, content: string | Buffer): void {
  const aside = `${path}.${process.pid}.new`;
  writeAside(aside, content);
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside);
  }
  flushFolder(path);
}

function writeAside(aside: string, content: string | Buffer): void {
  writeFileSync(aside, content, { mode: 0o600, flush: true });
}

function flushFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
