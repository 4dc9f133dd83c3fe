import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Who runs: a pid alone may belong to somebody else by now, pid and start time together do not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the machine started, from /proc; null where there is no /proc. */
  readonly startTime: string | null;
}

/** @returns null when no such process runs */
export function identifyProcess(pid: number): ProcessIdentity | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  return { pid, startTime: readStartTime(pid) };
}

/**
 * Takes the lock of a folder for this process. A lock whose process is gone is taken over.
 *
 * @returns how to give it back, or who has it
 */
export function lockFolder(path: string): { release(): void } | { holder: number } {
  const own = JSON.stringify(identifyProcess(process.pid));
  for (;;) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== null && isSame(holder)) return { holder: holder.pid };
    rmSync(path, { force: true });
  }
}

function isSame(identity: ProcessIdentity): boolean {
  const running = identifyProcess(identity.pid);
  return running !== null && running.startTime === identity.startTime;
}

function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    // Half-written by a process that was killed meanwhile, or gone already.
    return null;
  }
}

function readStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22; the second field is a name in parentheses that may hold blanks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
