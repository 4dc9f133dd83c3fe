import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, runCommand } from './command.ts';
import { makeNodeCgroup, removeNodeCgroup } from './node-cgroups.ts';

/** What a node is made of; replaceable, so that a test can be refused it. */
export interface NodeTrials {
  readonly isRoot: boolean;
  /** Makes a network and a mount namespace and lets go of them. @throws CommandError where that is refused */
  makeNamespaces(): Promise<void>;
  /** Makes a cgroup and removes it. @throws Error where that is refused */
  makeCgroup(): void;
}

/**
 * What keeps this machine from running a node, found by trying: root in a container may be refused much.
 *
 * @returns null where nothing does, else the end of a sentence, with what to do
 */
export async function findNodeObstacle(trials: NodeTrials): Promise<string | null> {
  if (!trials.isRoot) return 'running pods needs root.';
  const remedy = 'Running pods needs root with CAP_SYS_ADMIN; in a container, one that is privileged.';
  try {
    await trials.makeNamespaces();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `network and mount namespaces cannot be made here (${whatWasSaid(error)}). ${remedy}`;
  }
  try {
    trials.makeCgroup();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `cgroups cannot be made here (${whatWasSaid(error)}). ${remedy}`;
  }
  return null;
}

/** Tries on this machine; what is made meanwhile is in `stateDir`. */
export function machineTrials(stateDir: string): NodeTrials {
  return {
    isRoot: process.getuid?.() === 0,
    async makeNamespaces() {
      await runCommand('unshare', ['--net', '--mount', 'true']);
      // Root of a user namespace may make both, yet mount nothing outside of them, and a node's are held open by files.
      const folder = join(stateDir, 'namespaces');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      await runCommand('mount', ['--no-mtab', '--bind', folder, folder]);
      await runCommand('umount', ['--no-mtab', folder]);
    },
    makeCgroup() {
      const name = `curfew-probe-${randomBytes(3).toString('hex')}`;
      try {
        makeNodeCgroup(name);
      } finally {
        removeNodeCgroup(name);
      }
    },
  };
}

/** A command's error begins with the command; what it said itself follows. */
function whatWasSaid({ message }: Error): string {
  const [first = '', second] = message.split('\n');
  return second ?? first;
}
