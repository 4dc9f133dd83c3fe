import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNodeCgroup, processesInNode, removeNodeCgroup } from './node-cgroups.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'curfew-node-cgroups-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe("a node's cgroup of version 2", () => {
  /** A kernel makes the files of a new cgroup; here they are there before. */
  function offer(controllers: string): void {
    for (const folder of ['', 'node/']) {
      write(`${folder}cgroup.controllers`, `${controllers}\n`);
      write(`${folder}cgroup.subtree_control`, '');
    }
  }

  it('is one folder, whose children get its controllers', () => {
    offer('cpuset cpu io memory pids');
    makeNodeCgroup('node', root);
    // A kernel adds up what is written; a file keeps the beginning of the longest and the last.
    expect(read('cgroup.subtree_control')).toContain('+pids');
    expect(read('node/cgroup.subtree_control')).toContain('+pids');
  });

  it('is refused with the names of the controllers that are not there', () => {
    offer('hugetlb');
    expect(() => makeNodeCgroup('node', root)).toThrow(`${root} has no cpu, cpuset, memory, pids for a node`);
  });

  it('tells its processes, also those of its children', () => {
    offer('cpu');
    write('node/cgroup.procs', '');
    write('node/kubepods/pod1/cgroup.procs', `${process.pid}\n`);
    expect(processesInNode('node', root)).toEqual([process.pid]);
    expect(processesInNode('other', root)).toEqual([]);
  });

  it('goes with its children', () => {
    write('cgroup.controllers', '');
    mkdirSync(join(root, 'node/kubepods/pod1'), { recursive: true });
    expect(removeNodeCgroup('node', root)).toBe(true);
    expect(existsSync(join(root, 'node'))).toBe(false);
    expect(removeNodeCgroup('node', root)).toBe(true);
  });

  it('stays while something is in it', () => {
    write('cgroup.controllers', '');
    write('node/something', '');
    expect(removeNodeCgroup('node', root)).toBe(false);
  });
});

describe("a node's cgroup of version 1", () => {
  beforeEach(() => {
    for (const folder of ['cpu,cpuacct', 'cpuset', 'memory', 'pids']) mkdirSync(join(root, folder));
    symlinkSync('cpu,cpuacct', join(root, 'cpu'));
    // The kernel makes this one with the folder.
    write('cpuset/node/cpuset.cpus', '');
    write('cpuset/cpuset.cpus', '0-1\n');
  });

  it('is a folder in each hierarchy, with usable processors', () => {
    makeNodeCgroup('node', root);
    for (const folder of ['cpu,cpuacct', 'cpuset', 'memory', 'pids']) {
      expect(existsSync(join(root, folder, 'node'))).toBe(true);
    }
    expect(read('cpuset/node/cpuset.cpus')).toBe('0-1\n');
  });

  it('leaves a version 2 that is mounted beside as it is', () => {
    write('unified/cgroup.controllers', 'hugetlb\n');
    write('unified/cgroup.subtree_control', '');
    makeNodeCgroup('node', root);
    expect(read('unified/cgroup.subtree_control')).toBe('');
  });

  it('is refused with the name of the controller that is not mounted', () => {
    rmSync(join(root, 'memory'), { recursive: true });
    expect(() => makeNodeCgroup('node', root)).toThrow('has no memory for a node');
  });
});
