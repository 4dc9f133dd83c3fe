/** The controllers that a shell needs. */
export const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Version 1: the controllers that the mount is for. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  /** What of the hierarchy is mounted; `/` unless in a container. */
  readonly root: string;
}

/** The hierarchies in a `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo
    .split('\n')
    .map(parseMount)
    .filter((each) => each !== null);
}

function parseMount(line: string): Hierarchy | null {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, mountPoint] = before.split(' ');
  const [type, , options = ''] = after.split(' ');
  if (root === undefined || mountPoint === undefined) return null;
  if (type === 'cgroup2') return { version: 2, controllers: [], mountPoint, root };
  return type === 'cgroup' ? { version: 1, controllers: options.split(','), mountPoint, root } : null;
}

/**
 * Where this process is in a hierarchy, as a folder.
 *
 * @param membership the text of `/proc/self/cgroup` (cgroups(7)): `id:controllers:path`, version 2 with id 0
 * @returns null where its place is outside of what is mounted
 */
export function ownFolder(hierarchy: Hierarchy, membership: string): string | null {
  const path = membership
    .split('\n')
    .map((line) => /^(\d+):([^:]*):(.*)$/.exec(line))
    .find((match) => match !== null && isOf(hierarchy, match[1] ?? '', match[2] ?? ''))?.[3];
  if (path === undefined || path.startsWith('/..')) return null;
  const root = hierarchy.root === '/' ? '' : hierarchy.root;
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  return (hierarchy.mountPoint + path.slice(root.length)).replace(/\/$/, '');
}

function isOf(hierarchy: Hierarchy, id: string, controllers: string): boolean {
  if (hierarchy.version === 2) return id === '0';
  return controllers.split(',').some((each) => hierarchy.controllers.includes(each) && each !== '');
}
