import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { hasCode, identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const entrySchema = z.object({ name: z.string(), pid: z.int(), startTicks: z.int(), bootId: z.string() });
const fileSchema = z.array(entrySchema);

/** A process that was started, under the name of what it runs. */
export interface LedgerEntry extends ProcessIdentity {
  readonly name: string;
}

/** Which processes were started and not yet stopped, in a file, so that the run after a killed one finds them. */
export interface ProcessLedger {
  /** Notes a process that was just started. @returns null when it has ended already */
  record(name: string, pid: number): LedgerEntry | null;
  forget(pid: number): void;
  /** Those that still run, the latest first: in that order they are to be stopped. */
  running(): LedgerEntry[];
}

/** Writes happen at once, on purpose: between a start and its record there is no room for anything else. */
export function openProcessLedger(file: string): ProcessLedger {
  let entries = read(file);
  const write = (next: LedgerEntry[]): void => {
    entries = next;
    writeFileSync(`${file}.new`, JSON.stringify(entries), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return {
    record(name, pid) {
      const identity = identifyProcess(pid);
      if (identity === null) return null;
      const entry = { name, ...identity };
      write([...entries, entry]);
      return entry;
    },
    forget: (pid) => write(entries.filter((entry) => entry.pid !== pid)),
    running: () => entries.filter(isRunning).toReversed(),
  };
}

function read(file: string): LedgerEntry[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw new Error(`${file} does not list processes any more: ${String(error)}`, { cause: error });
  }
}
