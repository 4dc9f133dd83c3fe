import { readFileSync } from 'node:fs';

/**
 * One process of one boot. A pid alone is used again by the kernel; together with the instant it was started at
 * (clock ticks since boot) and the boot itself it never names another process.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** @returns null when there is no such process any more */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null ? null : { pid, startTicks: stat.startTicks, bootId: bootId() };
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return (
    isAlive(identity.pid) && readStat(identity.pid)?.startTicks === identity.startTicks && bootId() === identity.bootId
  );
}

/** Whether a process of that pid runs. A zombie does not: whoever should reap it may take long. */
export function isAlive(pid: number): boolean {
  return !['Z', 'X', undefined].includes(readStat(pid)?.state);
}

/** Signals a process and its whole group, which it leads. That they are gone already is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

/** Whether a system call failed with this error code. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function readStat(pid: number): { state: string; startTicks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; what follows it are the fields from the third on (proc(5)).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? 'X', startTicks: Number(fields[19]) };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
