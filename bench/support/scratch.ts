import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one benchmark, and everything that has to be stopped before it goes, last started first. */
export interface Scratch {
  readonly folder: string;
  defer(stop: () => Promise<void> | void): void;
  dispose(): Promise<void>;
}

const open = new Set<Scratch>();

/** For whoever is interrupted: stops what was started, and leaves nothing behind. */
export async function disposeScratches(): Promise<void> {
  for (const scratch of open) await scratch.dispose();
}

export function openScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'));
  const stops: (() => Promise<void> | void)[] = [];
  let disposing: Promise<void> | null = null;
  const dispose = async (): Promise<void> => {
    // What is started while others are stopped is stopped as well.
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
    rmSync(folder, { recursive: true, force: true });
    open.delete(scratch);
  };
  const scratch: Scratch = {
    folder,
    defer: (stop) => void stops.push(stop),
    dispose: () => (disposing ??= dispose()),
  };
  open.add(scratch);
  return scratch;
}
