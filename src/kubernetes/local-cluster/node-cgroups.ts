import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, isAlive } from './process-identity.ts';

/** Where systemd, and everybody else, mounts them. */
const CGROUPS = '/sys/fs/cgroup';
/** Without these no kubelet runs. */
const NEEDED = ['cpu', 'cpuset', 'memory', 'pids'];

/**
 * Makes a node's cgroup, in which its pods will be: one folder with cgroup v2, one for each hierarchy with v1.
 *
 * @param root where cgroups are mounted
 * @throws Error in plain words when a controller is not to be had there
 */
export function makeNodeCgroup(name: string, root = CGROUPS): void {
  const isUnified = isVersion2(root);
  if (isUnified) passOn(root, controllersOf(root));
  for (const folder of foldersOf(name, root)) {
    mkdirSync(folder, { recursive: true });
    if (isUnified) passOn(folder, controllersOf(folder));
    else initCpuset(folder);
  }
  const offered = isUnified ? controllersOf(join(root, name)) : namesIn(root).flatMap((each) => each.split(','));
  const missing = NEEDED.filter((each) => !offered.includes(each));
  if (missing.length > 0) throw new Error(`${root} has no ${missing.join(', ')} for a node`);
}

/** The processes in a node's cgroup and beneath. */
export function processesInNode(name: string, root = CGROUPS): number[] {
  return foldersOf(name, root).flatMap(processesUnder);
}

/** @returns whether it is gone; not while a process is inside */
export function removeNodeCgroup(name: string, root = CGROUPS): boolean {
  for (const folder of foldersOf(name, root)) {
    try {
      removeFolders(folder);
    } catch (error) {
      if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false;
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return true;
}

/** A machine that has both mounted uses version 1, and so does runc there. */
function isVersion2(root: string): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

function foldersOf(name: string, root: string): string[] {
  return isVersion2(root) ? [join(root, name)] : namesIn(root).map((hierarchy) => join(root, hierarchy, name));
}

/** The folders in a folder; without links, as `cpu` is one to `cpu,cpuacct`. */
function namesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function controllersOf(folder: string): string[] {
  return readIfThere(join(folder, 'cgroup.controllers')).split(/\s+/).filter(Boolean);
}

/** Lets children of a cgroup have its controllers, one by one: some kernels refuse some. */
function passOn(folder: string, controllers: readonly string[]): void {
  for (const each of controllers) writeIfAllowed(join(folder, 'cgroup.subtree_control'), `+${each}`);
}

/** With version 1, a cpuset is unusable until it says which. */
function initCpuset(folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = readIfThere(join(folder, '..', file));
    if (inherited !== '') writeIfAllowed(join(folder, file), inherited);
  }
}

function processesUnder(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const own = readIfThere(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own.filter(isAlive), ...namesIn(folder).flatMap((name) => processesUnder(join(folder, name)))];
}

/** Cgroups hold files that cannot be removed: folders only, the innermost first. */
function removeFolders(folder: string): void {
  for (const name of namesIn(folder)) removeFolders(join(folder, name));
  rmdirSync(folder);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return '';
    throw error;
  }
}

/** What cannot be had is found missing afterwards, in words. */
function writeIfAllowed(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'r+' });
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EINVAL', 'EBUSY', 'EOPNOTSUPP')) throw error;
  }
}
