import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { CgroupTree } from './cgroup-tree.ts';
import { findCgroupTree } from './cgroup-tree.ts';
import type { ShellLimits } from './cgroup.ts';
import { MASKED_PROC, ROOT_FOLDERS } from './bwrap-arguments.ts';
import type { SandboxSources } from './bwrap-arguments.ts';
import type { LauncherPrograms } from './launcher.ts';
import { createUidPool, shellUidRange } from './uid-pool.ts';
import type { UidPool } from './uid-pool.ts';
import { isFilteredArch, seccompFilter } from './seccomp-filter.ts';

/** What this machine has for sandboxes. */
export interface SandboxHost {
  readonly programs: LauncherPrograms;
  readonly cgroups: CgroupTree;
  /** Null where the portal is not root: shells then have its uid, and namespaces alone separate them. */
  readonly uids: UidPool | null;
  readonly seccompFilter: Buffer;
  readonly rootFolders: SandboxSources['rootFolders'];
  readonly maskedProc: readonly string[];
  readonly limits: ShellLimits & { readonly tmpfsBytes: number };
}

/** Programs are taken from the system's folders only, whatever PATH says. */
const PROGRAM_FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
const PACKAGES: Record<string, string> = { bwrap: 'bubblewrap', socat: 'socat', setpriv: 'util-linux', bash: 'bash' };

/** @returns what there is, or one sentence for everything that is missing, with what to do about it */
export function findSandboxHost(limits: SandboxHost['limits']): SandboxHost | string[] {
  if (process.platform !== 'linux') return [`The kubectl shell needs Linux; this is ${process.platform}.`];
  const { arch } = process;
  if (!isFilteredArch(arch))
    return [`The kubectl shell has no system call filter for ${arch} machines, only for x64 and arm64.`];
  const isRoot = process.getuid?.() === 0;
  const missing: string[] = [];
  const [bash, bwrap, setpriv] = ['bash', 'bwrap', 'setpriv', 'socat'].map((name) => {
    const path = PROGRAM_FOLDERS.map((folder) => `${folder}/${name}`).find((each) => existsSync(each)) ?? null;
    if (path === null) missing.push(`${name} is not installed. Install it: apt-get install ${PACKAGES[name]}.`);
    return path;
  });
  const cgroups = attempt(findCgroupTree);
  if (cgroups instanceof Error) missing.push(describeCgroups(cgroups));
  const range = isRoot ? shellUidRange(readFileSync('/proc/self/uid_map', 'utf8')) : null;
  if (isRoot && range === null)
    missing.push('No uids are free for shells here: map at least 65,536 uids into this container.');
  if (missing.length > 0 || !bash || !bwrap || cgroups instanceof Error) return missing;
  return {
    programs: { bash, bwrap, setpriv: setpriv ?? null },
    cgroups,
    uids: range === null ? null : createUidPool(range),
    seccompFilter: seccompFilter(arch),
    rootFolders: findRootFolders(),
    maskedProc: MASKED_PROC.filter((name) => existsSync(`/proc/${name}`)),
    limits,
  };
}

function describeCgroups(error: Error): string {
  return (
    `No cgroup with limits for memory, cpu and pids can be made (${error.message}). ` +
    'Run Curfew as root, or as a systemd service with Delegate=yes.'
  );
}

function attempt<T>(find: () => T): T | Error {
  try {
    return find();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function findRootFolders(): SandboxSources['rootFolders'] {
  return ROOT_FOLDERS.flatMap((name) => {
    const stat = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return [{ name, linkTo: stat.isSymbolicLink() ? readlinkSync(`/${name}`) : null }];
  });
}

/** Runs a program to its end, for at most ten seconds. */
export function run(
  { file, args }: { file: string; args: readonly string[] },
  environment: Readonly<Record<string, string>>,
): Promise<{ succeeded: boolean; stdout: string; stderr: string }> {
  const options = {
    env: { ...environment },
    timeout: 10_000,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 1024 * 1024,
  } as const;
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}
