import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { CONTROLLERS, ownFolder, parseHierarchies } from './cgroup-location.ts';
import type { Controller, Hierarchy } from './cgroup-location.ts';
import { V1_SETTINGS, hasCode, makeCgroup, openCgroup, v2Settings } from './cgroup.ts';
import type { ShellCgroup, ShellLimits } from './cgroup.ts';

/** Where the cgroups of shells are made. */
export interface CgroupTree {
  readonly version: 1 | 2;
  /** @param name a folder's name, new */
  make(name: string, limits: ShellLimits): ShellCgroup;
  /** The names of what is there, ours or not. */
  names(): string[];
  open(name: string): ShellCgroup;
}

/** What the search reads; replaceable, so that a test can bring a tree of its own. */
export interface CgroupFacts {
  readonly mountinfo: string;
  readonly membership: string;
  readonly isRoot: boolean;
}

function readCgroupFacts(): CgroupFacts {
  return {
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    membership: readFileSync('/proc/self/cgroup', 'utf8'),
    isRoot: process.getuid?.() === 0,
  };
}

/**
 * Finds where cgroups with limits for memory, cpu and pids can be made: in version 2 where its root has the three,
 * otherwise in version 1 (a machine may have both mounted).
 *
 * @throws an Error whose message says what is missing
 */
export function findCgroupTree(facts: CgroupFacts = readCgroupFacts()): CgroupTree {
  const hierarchies = parseHierarchies(facts.mountinfo);
  const unified = hierarchies.find(({ version, mountPoint }) => version === 2 && offers(mountPoint));
  return unified === undefined ? findV1(hierarchies, facts) : openV2(unified, facts);
}

function findV1(hierarchies: readonly Hierarchy[], { membership }: CgroupFacts): CgroupTree {
  const bases = new Map<string, Controller[]>();
  for (const controller of CONTROLLERS) {
    const hierarchy = hierarchies.find((each) => each.version === 1 && each.controllers.includes(controller));
    if (hierarchy === undefined) throw new Error(`the ${controller} controller is not mounted`);
    const own = ownFolder(hierarchy, membership);
    const base = own !== null && existsSync(own) ? own : hierarchy.mountPoint;
    requireWritable(base);
    bases.set(base, [...(bases.get(base) ?? []), controller]);
  }
  const folders = [...bases];
  return {
    version: 1,
    make: (name, limits) =>
      makeCgroup(
        folders.map(([base, controllers]) => ({
          path: `${base}/${name}`,
          settings: controllers.flatMap((controller) => V1_SETTINGS[controller](limits)),
        })),
      ),
    names: () => [...new Set(folders.flatMap(([base]) => childNames(base)))],
    open: (name) => openCgroup(folders.map(([base]) => `${base}/${name}`)),
  };
}

function openV2(hierarchy: Hierarchy, { membership, isRoot }: CgroupFacts): CgroupTree {
  // The kernel's root is the only cgroup that may have both processes and limited children.
  const isKernelRoot = !existsSync(`${hierarchy.mountPoint}/cgroup.type`);
  const base = isRoot && isKernelRoot ? hierarchy.mountPoint : ownFolder(hierarchy, membership);
  if (base === null) throw new Error('the cgroup of this process is outside of what is mounted');
  requireWritable(base);
  enableControllers(base);
  return {
    version: 2,
    make: (name, limits) => makeCgroup([{ path: `${base}/${name}`, settings: v2Settings(limits) }]),
    names: () => childNames(base),
    open: (name) => openCgroup([`${base}/${name}`]),
  };
}

const PORTAL_LEAF = 'curfew-portal';

/** Lets `base` have limited children. A cgroup with processes may not: those move to a leaf, as in any container. */
function enableControllers(base: string): void {
  if (offers(base, 'cgroup.subtree_control')) return;
  const enable = (): void =>
    writeFileSync(`${base}/cgroup.subtree_control`, CONTROLLERS.map((each) => `+${each}`).join(' '));
  try {
    enable();
  } catch (error) {
    if (!hasCode(error, 'EBUSY')) throw error;
    const leaf = `${base}/${PORTAL_LEAF}`;
    if (!existsSync(leaf)) mkdirSync(leaf);
    const pids = readFileSync(`${base}/cgroup.procs`, 'utf8')
      .split('\n')
      .filter((pid) => pid !== '');
    for (const pid of pids) writeFileSync(`${leaf}/cgroup.procs`, pid);
    enable();
  }
}

function requireWritable(base: string): void {
  try {
    accessSync(base, constants.W_OK);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EROFS', 'ENOENT')) throw error;
    throw new Error(`${base} cannot be written to`, { cause: error });
  }
}

function offers(folder: string, file = 'cgroup.controllers'): boolean {
  const offered = readFileSync(`${folder}/${file}`, 'utf8').trim().split(/\s+/);
  return CONTROLLERS.every((controller) => offered.includes(controller));
}

function childNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.isDirectory());
}
