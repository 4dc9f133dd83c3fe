import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { CommandError, runCommand } from './command.ts';
import { poll } from './delay.ts';
import { makeNodeCgroup, processesInNode, removeNodeCgroup } from './node-cgroups.ts';
import { hasCode, isAlive } from './process-identity.ts';

const GONE_WITHIN_MS = 10_000;
/** Not every shell of root knows where ip and sysctl are. */
const PATH = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/**
 * Makes what the node needs of the machine: a network, a cgroup, and mounts of its own. Kubelets keep the logs of pods
 * in one fixed folder and clear away whatever they do not know there, so two on one machine must not see the same.
 */
export async function prepareMachine(layout: ClusterLayout): Promise<void> {
  const { hostLink, nodeLink, hostAddress, nodeAddress, cgroup } = layout.network;
  const folder = join(layout.stateDir, 'namespaces');
  const { net } = namespaceFiles(layout.stateDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A mount namespace's file can only be mounted where mounts are not passed on to others.
  await runCommand('mount', ['--no-mtab', '--bind', '--make-private', folder, folder]);
  writeFileSync(net, '');
  await runCommand('unshare', [`--net=${net}`, 'true']);
  const inside = (...command: string[]) => runCommand('nsenter', [`--net=${net}`, ...command], { env: PATH });
  await ip('link', 'add', hostLink, 'type', 'veth', 'peer', 'name', nodeLink, 'netns', net);
  await ip('addr', 'add', `${hostAddress}/30`, 'dev', hostLink);
  await ip('link', 'set', hostLink, 'up');
  await inside('ip', 'addr', 'add', `${nodeAddress}/30`, 'dev', nodeLink);
  await inside('ip', 'link', 'set', nodeLink, 'up');
  await inside('ip', 'link', 'set', 'lo', 'up');
  // Nothing outside is reachable; saying so at once spares the kubelet eleven seconds of waiting for names and metadata.
  await inside('ip', 'route', 'add', 'unreachable', 'default');
  await inside('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  makeNodeCgroup(cgroup);
  await makeMountNamespace(layout);
}

/** The files that hold the node's namespaces open. */
export function namespaceFiles(stateDir: string): { readonly net: string; readonly mount: string } {
  return { net: join(stateDir, 'namespaces', 'net'), mount: join(stateDir, 'namespaces', 'mount') };
}

/**
 * Folders of the machine in which a node would leave something whatever it is told: logs of pods, device plugins, what
 * containerd's shims and network plugins note, locks. In their place it sees folders of its own.
 */
const PRIVATE_FOLDERS = ['/var/log', '/var/lib', '/run'];

/** Hides the folders. What the node needs of them is put there again, at its path, if the data or the cache is in one. */
const MAKE_MOUNTS = `
set -eu
state=$1 bin=$2
exec 3<"$state" 4<"$bin"
shift 2
for folder; do mount --no-canonicalize --bind "/proc/self/fd/3/machine$folder" "$folder"; done
mkdir -p "$state" "$bin"
mount --no-canonicalize --bind /proc/self/fd/3 "$state"
mount --no-canonicalize --bind /proc/self/fd/4 "$bin"
`;

async function makeMountNamespace({ stateDir, bin }: ClusterLayout): Promise<void> {
  const [file, own] = [namespaceFiles(stateDir).mount, join(stateDir, 'machine')];
  // What ran is gone, as after a reboot; its logs are not.
  for (const each of ['run', 'var/lib']) rmSync(join(own, each), { recursive: true, force: true });
  for (const each of PRIVATE_FOLDERS) mkdirSync(join(own, each), { recursive: true, mode: 0o700 });
  writeFileSync(file, '');
  const script = ['sh', '-c', MAKE_MOUNTS, 'sh', stateDir, bin, ...PRIVATE_FOLDERS];
  await useUpIds(() => runCommand('unshare', [`--mount=${file}`, '--propagation=private', ...script]));
}

/** More than a processor has in store. */
const MOST_ATTEMPTS = 300;

/**
 * A mount namespace can be held open by a file only of a namespace with a lower id, and since Linux 6.18 each processor
 * gives ids from a store of its own. A portal in a mount namespace of its own, as in a container, may have to use some up.
 */
async function useUpIds(makeNamespace: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await makeNamespace();
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/**
 * Takes away everything that a node leaves on the machine, whether it was stopped or killed: the processes of its pods
 * and their shims, mounts, the network, cgroups. What is not there any more is fine.
 */
export async function clearMachine(layout: ClusterLayout, clock: Clock): Promise<void> {
  const { network, stateDir } = layout;
  const gone = await poll(() => (killPods(layout) === 0 ? true : null), { clock, everyMs: 50, forMs: GONE_WITHIN_MS });
  if (gone === null) throw new Error('Processes of the local cluster’s pods cannot be stopped.');
  for (const mount of mountsUnder(stateDir)) await ignoreFailure(runCommand('umount', ['--no-mtab', '--lazy', mount]));
  await ignoreFailure(ip('link', 'del', network.hostLink));
  await poll(() => (removeNodeCgroup(network.cgroup) ? true : null), { clock, everyMs: 50, forMs: GONE_WITHIN_MS });
}

/** @returns how many processes were still there */
function killPods({ network, stateDir }: ClusterLayout): number {
  const pids = new Set([...processesInNode(network.cgroup), ...shimsOf(join(stateDir, 'containerd'))]);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
  return pids.size;
}

/** The processes between containerd and its containers, which live on without it. */
function shimsOf(containerdFolder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => {
      const command = commandOf(pid);
      return command.includes('containerd-shim') && command.includes(`${containerdFolder}/`);
    })
    .map(Number)
    .filter(isAlive);
}

function mountsUnder(folder: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return mounts.filter((mount) => mount.startsWith(`${folder}/`)).toReversed();
}

function ip(...args: string[]): Promise<string> {
  return runCommand('ip', args, { env: PATH });
}

async function ignoreFailure(command: Promise<unknown>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
  });
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}
