import { readFile, statfs } from 'node:fs/promises';

const GB = 1e9;

/** What a build takes at its height, and leaves; measured with two processors (4.0 GB of files, 2.7 GB of memory). */
const BUILD = { space: 5 * GB, left: 0.5 * GB, memory: 3 * GB } as const;
/** What a cluster's data needs: a node moves its pods away when less than a gigabyte is free. */
const DATA = { node: 2 * GB, api: 0.5 * GB } as const;

/** What the machine has; replaceable, so that a test can be short of it. */
export interface Supplies {
  /** Of the file system that a folder is in, for users without privileges. */
  freeBytes(folder: string): Promise<number>;
  /** What processes can still have, swap included. */
  memoryBytes(): Promise<number>;
}

/** What a build needs and where, for people. */
export function describeBuildNeeds(cacheDir: string): string {
  return (
    `Building takes up to ${inWords(BUILD.space)} of space in ${cacheDir}, of which ${inWords(BUILD.left)} stay, ` +
    `and ${inWords(BUILD.memory)} of memory.`
  );
}

/** @throws Error in plain words when the machine has too little for a build */
export async function requireForBuild(cacheDir: string, supplies: Supplies = machineSupplies): Promise<void> {
  const [space, memory] = [await supplies.freeBytes(cacheDir), await supplies.memoryBytes()];
  if (space < BUILD.space) {
    throw new Error(
      `${describeBuildNeeds(cacheDir)} Only ${inWords(space)} are free there. Make room, or choose another folder with --cache-dir.`,
    );
  }
  if (memory < BUILD.memory) {
    throw new Error(
      `${describeBuildNeeds(cacheDir)} Only ${inWords(memory)} of memory are free. Stop something, or add swap.`,
    );
  }
}

/** @throws Error in plain words when there is too little space for a cluster's data */
export async function requireForData(
  stateDir: string,
  tier: keyof typeof DATA,
  supplies: Supplies = machineSupplies,
): Promise<void> {
  const space = await supplies.freeBytes(stateDir);
  if (space >= DATA[tier]) return;
  throw new Error(
    `The local cluster needs ${inWords(DATA[tier])} of space for its data in ${stateDir}, and only ${inWords(space)} are free ` +
      'there. Make room, or choose another folder with --data-dir.',
  );
}

const machineSupplies: Supplies = {
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  async memoryBytes() {
    // What a cgroup has used already is mostly cache, which it gives back: its limit alone counts.
    const limit = process.constrainedMemory();
    const free = freeMemory(await readFile('/proc/meminfo', 'utf8'));
    return limit > 0 ? Math.min(limit, free) : free;
  },
};

/** From a `/proc/meminfo` (proc_meminfo(5)), in bytes. */
export function freeMemory(meminfo: string): number {
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
  return (kibibytes('MemAvailable') + kibibytes('SwapFree')) * 1024;
}

/** Rounded down: what is free is not more than it is. */
function inWords(bytes: number): string {
  return `${Math.floor((bytes / GB) * 10) / 10} GB`;
}
