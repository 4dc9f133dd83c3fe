import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A disk of its own that is soon full: a tmpfs. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room on it. */
  fill(): void;
  /** Makes the room again that `fill` took. */
  free(): void;
  remove(): void;
}

/** Mounts one. @throws for whoever may not mount */
export function mountSmallDisk(megabytes: number): SmallDisk {
  if (userInfo().uid !== 0) throw new Error('These tests mount a small disk: run them as root.');
  const folder = mkdtempSync(join(tmpdir(), 'curfew-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'w');
      for (const chunk of [Buffer.alloc(65_536), Buffer.alloc(512)]) writeUntilFull(file, chunk);
      closeSync(file);
    },
    free: () => rmSync(filler),
    remove() {
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
