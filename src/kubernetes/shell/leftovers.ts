import { readFileSync, readlinkSync } from 'node:fs';
import type { CgroupTree } from './cgroup-tree.ts';
import type { ShellCgroup } from './cgroup.ts';
import { hasCode } from './cgroup.ts';

/**
 * Marks folders as this process's own: its pid namespace, pid and start time, since pids come again and are others in
 * a container, which may share `/tmp` and the cgroups.
 */
export function ownerTag(): string {
  return `${pidNamespace()}-${process.pid}-${processStartTicks(process.pid) ?? 0}`;
}

/** Whether `name` begins with the tag of a process that is no more; one of another pid namespace is not ours to judge. */
export function tagOwnerIsGone(name: string): boolean {
  const [, namespace, pid, startTicks] = /^(\d+)-(\d+)-(\d+)-/.exec(name) ?? [];
  return namespace === pidNamespace() && processStartTicks(Number(pid)) !== Number(startTicks);
}

/** The number in `pid:[4026531836]` (namespaces(7)). */
function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
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
