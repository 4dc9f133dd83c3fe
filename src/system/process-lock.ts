import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

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
    if (isCode(error, 'ESRCH')) return null;
  }
  return { pid, startTime: readStartTime(pid) };
}

/**
 * Takes the lock of a folder for this process. A lock whose process is gone is taken over.
 *
 * @returns how to give it back, or who has it
 */
export function lockFolder(path: string): { release(): void } | { holder: number } {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identifyProcess(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      // A link appears at once with all that is in it: nobody ever reads a lock that is half-written.
      if (linkNew(own, path)) return { release: () => rmSync(path, { force: true }) };
      const found = readText(path);
      const holder = parseIdentity(found);
      if (holder !== null && isSame(holder)) return { holder: holder.pid };
      takeAway(path, found, `${own}.old`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes away the lock that was found, and no other one that somebody has made there since. */
function takeAway(path: string, found: string | null, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readText(aside) !== found) linkNew(aside, path);
  rmSync(aside);
}

function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

function isSame(identity: ProcessIdentity): boolean {
  const running = identifyProcess(identity.pid);
  return running !== null && running.startTime === identity.startTime;
}

function parseIdentity(text: string | null): ProcessIdentity | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    // No lock of ours, or one that a full disk cut short: nobody can be holding it.
    return null;
  }
}

/** @returns null when the file is gone */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
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
