import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

/** What the processes of one shell may use together. */
export interface ShellLimits {
  readonly memoryBytes: number;
  /** Processors, may be a fraction. */
  readonly cpus: number;
  /** Processes and threads. */
  readonly tasks: number;
}

/** The cgroup of one shell: with version 1 a folder in each controller's hierarchy, with version 2 just one. */
export interface ShellCgroup {
  /** A process that writes its pid into each of these is inside, with all that it starts. */
  readonly procsFiles: readonly string[];
  /** The processes inside, zombies not counted. */
  pids(): number[];
  /** SIGKILL for every process inside except `spared`. Those that are being born meanwhile are the next call's. */
  kill(spared?: number): void;
  /** @returns false while something is left inside */
  remove(): boolean;
}

/** A file to write and what to write; where `optional`, kernels without that file are fine. */
export interface CgroupSetting {
  readonly file: string;
  readonly value: string;
  readonly optional?: true;
}

const CPU_PERIOD_US = 100_000;

/** The settings of a version-1 controller. */
export const V1_SETTINGS: Record<'memory' | 'cpu' | 'pids', (limits: ShellLimits) => CgroupSetting[]> = {
  memory: ({ memoryBytes }) => [
    { file: 'memory.limit_in_bytes', value: String(memoryBytes) },
    { file: 'memory.memsw.limit_in_bytes', value: String(memoryBytes), optional: true },
  ],
  cpu: ({ cpus }) => [
    { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
    { file: 'cpu.cfs_quota_us', value: String(Math.round(cpus * CPU_PERIOD_US)) },
  ],
  pids: ({ tasks }) => [{ file: 'pids.max', value: String(tasks) }],
};

export const v2Settings = ({ memoryBytes, cpus, tasks }: ShellLimits): CgroupSetting[] => [
  { file: 'memory.max', value: String(memoryBytes) },
  { file: 'memory.swap.max', value: '0', optional: true },
  { file: 'cpu.max', value: `${Math.round(cpus * CPU_PERIOD_US)} ${CPU_PERIOD_US}` },
  { file: 'pids.max', value: String(tasks) },
];

/**
 * Makes a cgroup and sets its limits.
 *
 * @param folders one for each hierarchy, with what to write there
 * @throws where a limit cannot be set; what was made is gone again then
 */
export function makeCgroup(folders: readonly { path: string; settings: readonly CgroupSetting[] }[]): ShellCgroup {
  const group = openCgroup(folders.map(({ path }) => path));
  try {
    for (const { path, settings } of folders) {
      mkdirSync(path);
      for (const { file, value, optional } of settings) {
        if (optional && !existsSync(`${path}/${file}`)) continue;
        writeFileSync(`${path}/${file}`, value, { flag: 'w' });
      }
    }
  } catch (error) {
    group.remove();
    throw error;
  }
  return group;
}

/** A cgroup that exists already, or partly. */
export function openCgroup(paths: readonly string[]): ShellCgroup {
  const pids = (): number[] => [...new Set(paths.flatMap(readPids))];
  return {
    procsFiles: paths.map((path) => `${path}/cgroup.procs`),
    pids,
    kill(spared) {
      for (const pid of pids()) if (pid !== spared) killProcess(pid);
    },
    remove: () => paths.map(removeFolder).every(Boolean),
  };
}

function readPids(path: string): number[] {
  try {
    // 0 stands for a process of another PID namespace; it is not ours to see, nor to kill.
    return readFileSync(`${path}/cgroup.procs`, 'utf8')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function removeFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw error;
  }
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
