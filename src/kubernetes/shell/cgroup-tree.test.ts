import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownFolder, parseHierarchies } from './cgroup-location.ts';
import { findCgroupTree } from './cgroup-tree.ts';

const LIMITS = { memoryBytes: 64 << 20, cpus: 0.5, tasks: 32 };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'curfew-cgroups-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const mountOf = (path: string, type: string, options: string, of = '/'): string =>
  `30 24 0:26 ${of} ${path} rw,nosuid - ${type} ${type} rw,${options}\n`;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A folder that looks like a cgroup of version 2. */
function makeV2(path: string, subtree: string): void {
  mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, path, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
  writeFileSync(join(root, path, 'cgroup.subtree_control'), subtree);
  writeFileSync(join(root, path, 'cgroup.procs'), '');
}

describe('where this process is', () => {
  const [hierarchy] = parseHierarchies(mountOf('/sys/fs/cgroup/memory', 'cgroup', 'memory'));

  it('is read from the line of the controller', () => {
    expect(hierarchy && ownFolder(hierarchy, '8:pids:/\n4:memory:/a/b\n0::/c\n')).toBe('/sys/fs/cgroup/memory/a/b');
    expect(hierarchy && ownFolder(hierarchy, '4:memory:/\n')).toBe('/sys/fs/cgroup/memory');
  });

  it('is null where it is not mounted', () => {
    expect(hierarchy && ownFolder(hierarchy, '4:memory:/../x\n')).toBeNull();
    const [inContainer] = parseHierarchies(mountOf('/sys/fs/cgroup/memory', 'cgroup', 'memory', '/docker/1'));
    expect(inContainer && ownFolder(inContainer, '4:memory:/docker/1/x\n')).toBe('/sys/fs/cgroup/memory/x');
    expect(inContainer && ownFolder(inContainer, '4:memory:/docker/12\n')).toBeNull();
  });
});

describe('cgroups of version 1', () => {
  it('are made in the hierarchy of each controller, beneath the own place', () => {
    for (const folder of ['memory/own', 'cpu,cpuacct', 'pids']) mkdirSync(join(root, folder), { recursive: true });
    const tree = findCgroupTree({
      mountinfo: [
        mountOf(`${root}/memory`, 'cgroup', 'memory'),
        mountOf(`${root}/cpu,cpuacct`, 'cgroup', 'cpu,cpuacct'),
        mountOf(`${root}/pids`, 'cgroup', 'pids'),
      ].join(''),
      membership: '3:memory:/own\n2:cpu,cpuacct:/\n1:pids:/elsewhere\n',
      isRoot: true,
    });
    const group = tree.make('shell', LIMITS);
    expect(read('memory/own/shell/memory.limit_in_bytes')).toBe(String(64 << 20));
    expect(read('cpu,cpuacct/shell/cpu.cfs_quota_us')).toBe('50000');
    expect(read('pids/shell/pids.max')).toBe('32');
    expect(group.procsFiles).toHaveLength(3);
    expect(tree.names()).toContain('shell');
  });

  it('are refused with the name of what is missing', () => {
    const mountinfo = mountOf(root, 'cgroup', 'memory');
    expect(() => findCgroupTree({ mountinfo, membership: '', isRoot: true })).toThrow(
      /the cpu controller is not mounted/,
    );
  });
});

describe('cgroups of version 2', () => {
  const facts = (membership: string, isRoot: boolean) => ({
    mountinfo: mountOf(root, 'cgroup2', 'nsdelegate'),
    membership,
    isRoot,
  });

  it("are made at the kernel's root by root", () => {
    makeV2('', 'cpu memory pids');
    const tree = findCgroupTree(facts('0::/user.slice\n', true));
    tree.make('shell', LIMITS);
    expect(read('shell/memory.max')).toBe(String(64 << 20));
    expect(read('shell/cpu.max')).toBe('50000 100000');
    expect(read('shell/pids.max')).toBe('32');
  });

  it('are made beneath the own place otherwise, with the controllers enabled there', () => {
    makeV2('', 'cpu memory pids');
    makeV2('service', '');
    findCgroupTree(facts('0::/service\n', false)).make('shell', LIMITS);
    expect(read('service/cgroup.subtree_control')).toBe('+memory +cpu +pids');
    expect(read('service/shell/pids.max')).toBe('32');
  });

  it('leave the field to version 1 where the three controllers are there', () => {
    mkdirSync(join(root, 'unified'));
    writeFileSync(join(root, 'unified/cgroup.controllers'), 'hugetlb\n');
    mkdirSync(join(root, 'all'));
    const mountinfo = mountOf(`${root}/unified`, 'cgroup2', 'x') + mountOf(`${root}/all`, 'cgroup', 'memory,cpu,pids');
    expect(findCgroupTree({ mountinfo, membership: '', isRoot: true }).version).toBe(1);
  });
});
