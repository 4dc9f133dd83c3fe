import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one benchmark, and everything that has to be stopped before it goes, last started first. */
export interface Scratch {
  readonly folder: string;
  defer(stop: () => Promise<void> | void): void;
  dispose(): Promise<void>;
}

export function openScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'));
  const stops: (() => Promise<void> | void)[] = [];
  return {
    folder,
    defer: (stop) => void stops.push(stop),
    async dispose() {
      for (const stop of stops.toReversed()) await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
