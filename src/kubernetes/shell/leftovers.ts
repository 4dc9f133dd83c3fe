import { readFileSync } from 'node:fs';
import type { CgroupTree } from './cgroup-tree.ts';
import type { ShellCgroup } from './cgroup.ts';
import { hasCode } from './cgroup.ts';

/** Marks folders as this process's own: pid and start time, since pids come again. */
export function ownerTag(): string {
  return `${process.pid}-${processStartTicks(process.pid) ?? 0}`;
}

/** Whether `name` begins with the tag of a process that is no more. */
export function tagOwnerIsGone(name: string): boolean {
  const [, pid, startTicks] = /^(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && processStartTicks(Number(pid)) !== Number(startTicks);
}

const CGROUP_PREFIX = 'curfew-shell-';

/** @param id of the shell; in a folder's name */
export function cgroupName(id: string): string {
  return `${CGROUP_PREFIX}${ownerTag()}-${id}`;
}

/** The cgroups of portals that are no more. Shells die with their portal; this is for what did not. */
export function findLeftovers(tree: CgroupTree): ShellCgroup[] {
  return tree
    .names()
    .filter((name) => name.startsWith(CGROUP_PREFIX) && tagOwnerIsGone(name.slice(CGROUP_PREFIX.length)))
    .map((name) => tree.open(name));
}

/** When a process started, in clock ticks since boot (field 22 of proc_pid_stat(5)); null when there is none. */
function processStartTicks(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, is in parentheses and may hold blanks and parentheses itself.
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}
