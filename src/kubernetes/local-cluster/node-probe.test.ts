import { describe, expect, it } from 'vitest';
import { CommandError } from './command.ts';
import { findNodeObstacle } from './node-probe.ts';
import type { NodeTrials } from './node-probe.ts';

const able: NodeTrials = { isRoot: true, makeNamespaces: () => Promise.resolve(), makeCgroup: () => undefined };

describe('what keeps a machine from running a node', () => {
  it('is nothing where everything could be made', async () => {
    expect(await findNodeObstacle(able)).toBeNull();
  });

  it('is not to be root, and then nothing is tried', async () => {
    const makeNamespaces = () => Promise.reject(new Error('tried'));
    expect(await findNodeObstacle({ ...able, isRoot: false, makeNamespaces })).toBe('running pods needs root.');
  });

  it('are namespaces that root is refused', async () => {
    const said =
      '`unshare --net` failed (1):\nunshare: unshare failed: Operation not permitted\n  dmesg(1) may say more';
    const makeNamespaces = () => Promise.reject(new CommandError(said));
    expect(await findNodeObstacle({ ...able, makeNamespaces })).toBe(
      'network and mount namespaces cannot be made here (unshare: unshare failed: Operation not permitted). ' +
        'Running pods needs root with CAP_SYS_ADMIN; in a container, one that is privileged.',
    );
  });

  it('are cgroups that root is refused', async () => {
    const makeCgroup = () => {
      throw new Error("EROFS: read-only file system, mkdir '/sys/fs/cgroup/cpu/x'");
    };
    expect(await findNodeObstacle({ ...able, makeCgroup })).toMatch(/^cgroups cannot be made here \(EROFS: read-only/);
  });

  it('is not a mistake of ours', async () => {
    const makeNamespaces = () => Promise.reject(new TypeError('a mistake'));
    await expect(findNodeObstacle({ ...able, makeNamespaces })).rejects.toThrow('a mistake');
  });
});
