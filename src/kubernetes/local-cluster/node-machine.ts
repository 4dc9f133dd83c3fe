import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { CommandError, runCommand } from './command.ts';
import { poll } from './delay.ts';
import { hasCode } from './process-identity.ts';

const CGROUPS = '/sys/fs/cgroup';
const GONE_WITHIN_MS = 10_000;

/**
 * Makes what the node needs of the machine: a network, a cgroup, and mounts of its own. Kubelets keep the logs of pods
 * in one fixed folder and clear away whatever they do not know there, so two on one machine must not see the same.
 */
export async function prepareMachine({ network, stateDir }: ClusterLayout): Promise<void> {
  const { namespace, hostLink, nodeLink, hostAddress, nodeAddress, cgroup } = network;
  const inside = ['-n', namespace];
  await ip('netns', 'add', namespace);
  await ip('link', 'add', hostLink, 'type', 'veth', 'peer', 'name', nodeLink, 'netns', namespace);
  await ip('addr', 'add', `${hostAddress}/30`, 'dev', hostLink);
  await ip('link', 'set', hostLink, 'up');
  await ip(...inside, 'addr', 'add', `${nodeAddress}/30`, 'dev', nodeLink);
  await ip(...inside, 'link', 'set', nodeLink, 'up');
  await ip(...inside, 'link', 'set', 'lo', 'up');
  // Nothing outside is reachable; saying so at once spares the kubelet eleven seconds of waiting for names and metadata.
  await ip(...inside, 'route', 'add', 'unreachable', 'default');
  await runCommand('nsenter', [`--net=/run/netns/${namespace}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  for (const folder of cgroupFolders(cgroup)) makeCgroup(folder);
  await makeMountNamespace(stateDir);
}

/** The file that holds the node's mount namespace open. */
export function mountNamespace(stateDir: string): string {
  return join(stateDir, 'namespaces', 'mount');
}

async function makeMountNamespace(stateDir: string): Promise<void> {
  const [folder, file, log] = [join(stateDir, 'namespaces'), mountNamespace(stateDir), join(stateDir, 'var-log')];
  for (const each of [folder, log]) mkdirSync(each, { recursive: true, mode: 0o700 });
  writeFileSync(file, '');
  // A namespace's file can only be mounted where mounts are not passed on to others.
  await runCommand('mount', ['--bind', '--make-private', folder, folder]);
  await runCommand('unshare', [`--mount=${file}`, '--propagation=private', 'mount', '--bind', log, '/var/log']);
}

/**
 * Takes away everything that a node leaves on the machine, whether it was stopped or killed: the processes of its pods
 * and their shims, mounts, the network, cgroups. What is not there any more is fine.
 */
export async function clearMachine(layout: ClusterLayout, clock: Clock): Promise<void> {
  const { network, stateDir } = layout;
  const gone = await poll(() => (killPods(layout) === 0 ? true : null), { clock, everyMs: 50, forMs: GONE_WITHIN_MS });
  if (gone === null) throw new Error('Processes of the local cluster’s pods cannot be stopped.');
  for (const mount of mountsUnder(stateDir)) await ignoreFailure(runCommand('umount', ['-l', mount]));
  await ignoreFailure(ip('link', 'del', network.hostLink));
  await ignoreFailure(ip('netns', 'del', network.namespace));
  await poll(() => (removeCgroups(network.cgroup) ? true : null), { clock, everyMs: 50, forMs: GONE_WITHIN_MS });
}

/** @returns how many processes were still there */
function killPods({ network, stateDir }: ClusterLayout): number {
  const inPods = cgroupFolders(network.cgroup).flatMap((folder) => processesUnder(folder));
  const pids = new Set([...inPods, ...shimsOf(join(stateDir, 'containerd'))]);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
  return pids.size;
}

function processesUnder(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readIfThere(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own.filter(isAlive), ...children.flatMap(({ name }) => processesUnder(join(folder, name)))];
}

/** The processes between containerd and its containers, which live on without it. */
function shimsOf(containerdFolder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => {
      const command = readIfThere(`/proc/${pid}/cmdline`);
      return command.includes('containerd-shim') && command.includes(`${containerdFolder}/`);
    })
    .map(Number)
    .filter(isAlive);
}

/** Zombies do not count: whoever should reap them may take long. */
function isAlive(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(readIfThere(`/proc/${pid}/status`));
}

/** The node's cgroup: one folder with cgroup v2, one for each controller with v1. */
function cgroupFolders(name: string): string[] {
  if (existsSync(join(CGROUPS, 'cgroup.controllers'))) return [join(CGROUPS, name)];
  const controllers = readdirSync(CGROUPS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return controllers.map((controller) => join(CGROUPS, controller.name, name));
}

function makeCgroup(folder: string): void {
  const parent = join(folder, '..');
  const controllers = readIfThere(join(parent, 'cgroup.controllers')).trim().split(' ').filter(Boolean);
  for (const each of controllers) writeIfThere(join(parent, 'cgroup.subtree_control'), `+${each}`);
  mkdirSync(folder, { recursive: true });
  for (const each of controllers) writeIfThere(join(folder, 'cgroup.subtree_control'), `+${each}`);
  // With v1, a cpuset is unusable until it says which.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (controllers.length === 0) writeIfThere(join(folder, file), readIfThere(join(parent, file)));
  }
}

/** @returns whether all are gone */
function removeCgroups(name: string): boolean {
  for (const folder of cgroupFolders(name)) {
    try {
      if (existsSync(folder)) removeFolders(folder);
    } catch (error) {
      if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false;
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return true;
}

/** Cgroups hold files that cannot be removed: folders only, the innermost first. */
function removeFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolders(join(folder, entry.name));
  }
  rmdirSync(folder);
}

function mountsUnder(folder: string): string[] {
  const mounts = readIfThere('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return mounts.filter((mount) => mount.startsWith(`${folder}/`)).toReversed();
}

function ip(...args: string[]): Promise<string> {
  return runCommand('ip', args, { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
}

async function ignoreFailure(command: Promise<unknown>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL', 'ENODEV', 'EOPNOTSUPP')) return '';
    throw error;
  }
}

function writeIfThere(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'r+' });
  } catch (error) {
    // A controller that is not to be had here; the kubelet says which it misses.
    if (!hasCode(error, 'ENOENT', 'EINVAL', 'EBUSY', 'EOPNOTSUPP')) throw error;
  }
}
