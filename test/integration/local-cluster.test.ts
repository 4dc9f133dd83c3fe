import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import type { LocalClusterStatus } from '../../src/kubernetes/local-cluster/local-cluster.ts';

// A second cluster beside the one of this test run: neither may touch the other.

const RUNNER = join(import.meta.dirname, '..', 'support', 'local-cluster-runner.ts');
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'curfew');
// In a folder of which a node sees its own version; the other cluster of this run is not.
const folder = mkdtempSync('/var/lib/curfew-second-cluster-');
const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) await stop(child);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param prefix a command that runs another, for example with less rights */
async function start(state: string, tier: 'api' | 'node' | 'auto', prefix: readonly string[] = []) {
  const [command, ...rest] = [...prefix, process.execPath, RUNNER, CACHE, join(folder, state), tier];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const status = JSON.parse(line) as LocalClusterStatus;
    if (status.state === 'failed') throw new Error(status.message ?? 'failed');
    if (status.state !== 'ready' || status.kubeconfigPath === null || status.kubectlPath === null) continue;
    const { kubeconfigPath, kubectlPath } = status;
    const kubectl = (...args: string[]) =>
      execFileSync(kubectlPath, ['--kubeconfig', kubeconfigPath, ...args], { encoding: 'utf8' });
    return { child, kubectl, kubeconfigPath, status };
  }
  throw new Error('the cluster never became ready');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** What of a state folder's cluster is on the machine: processes, mounts, network, cgroups. */
function traces(state: string): string[] {
  const { id } = JSON.parse(readFileSync(join(folder, state, 'state.json'), 'utf8')) as { id: string };
  const processes = execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' }).split('\n');
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const links = execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' }).split('\n');
  const cgroups = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).flatMap(({ name }) => {
    const path = join('/sys/fs/cgroup', name);
    return statSync(path).isDirectory() ? readdirSync(path).map((child) => join(path, child)) : [];
  });
  return [
    ...processes.filter((line) => line.includes(`${join(folder, state)}/`) && !line.startsWith('Z')),
    ...mounts.filter((line) => line.includes(join(folder, state)) || line.includes(`curfew-node-${id}`)),
    ...links.filter((line) => line.includes(id)),
    ...cgroups.filter((path) => path.includes(id)),
  ];
}

/** What is in the machine's folders into which kubelets, containerd and network plugins write on their own account. */
function notes(): string[] {
  const folders = ['/var/lib/cni', '/var/lib/kubelet', '/var/log/pods', '/var/log/containers', '/run/containerd'];
  const present = folders.filter((each) => existsSync(each));
  return present
    .flatMap((each) => [
      each,
      ...readdirSync(each, { recursive: true, encoding: 'utf8' }).map((name) => `${each}/${name}`),
    ])
    .toSorted();
}

/** The node of the test run's own cluster, and what its pod logs: a kubelet would clear away logs it does not know. */
function askNeighbour(): string {
  const kubectl = (...args: string[]) =>
    execFileSync(inject('kubectlPath'), ['--kubeconfig', inject('kubeconfigPath'), ...args], { encoding: 'utf8' });
  return (
    kubectl('get', 'node', 'node1', '-o', 'name') + kubectl('--namespace=demo', 'logs', 'shell-target', '--tail=1')
  );
}

describe('a cluster with a node', () => {
  it('keeps its data and leaves nothing, stopped or killed, and leaves its neighbour alone', async () => {
    const before = notes();
    const first = await start('node', 'node');
    first.kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    const pod = { image: 'localhost/tools:1', imagePullPolicy: 'Never', name: 'main', command: ['sleep', '9999'] };
    const overrides = JSON.stringify({ spec: { containers: [pod] } });
    first.kubectl('run', 'sleeper', '--image=localhost/tools:1', '--overrides', overrides);
    first.kubectl('wait', '--for=condition=ready', 'pod/sleeper', '--timeout=60s');
    expect(notes()).toEqual(before);
    await stop(first.child);
    expect(traces('node')).toEqual([]);
    expect(notes()).toEqual(before);

    const second = await start('node', 'node');
    expect(second.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
    second.kubectl('wait', '--for=condition=ready', 'pod/sleeper', '--timeout=60s');
    await stop(second.child, 'SIGKILL');
    expect(traces('node').length).toBeGreaterThan(5);

    const third = await start('node', 'node');
    expect(third.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
    third.kubectl('wait', '--for=condition=ready', 'pod/sleeper', '--timeout=60s');
    expect(askNeighbour()).toBe('node/node1\ntick\n');
    await stop(third.child);
    expect(traces('node')).toEqual([]);
    expect(askNeighbour()).toBe('node/node1\ntick\n');
  });

  it('is for its owner alone', async () => {
    const { kubeconfigPath } = await start('private', 'api');
    const state = dirname(dirname(kubeconfigPath));
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(kubeconfigPath).mode & 0o777).toBe(0o600);
    const { etcdPort } = JSON.parse(readFileSync(join(state, 'state.json'), 'utf8')) as { etcdPort: number };
    // Another user of the machine reaches etcd's port, and gets no answer without a certificate.
    await expect(fetch(`http://127.0.0.1:${etcdPort}/v2/keys`)).rejects.toThrow('fetch failed');
  });
});

describe('a cluster without a node', () => {
  it('answers, and starts again with its data', async () => {
    const first = await start('api', 'api');
    first.kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    await stop(first.child);
    expect(traces('api')).toEqual([]);
    const second = await start('api', 'api');
    expect(second.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
  });

  it('is what root gets who may not make namespaces, and says so', async () => {
    const { child, status } = await start('refused', 'auto', ['setpriv', '--bounding-set=-sys_admin']);
    expect(status.tier).toBe('api');
    expect(status.message).toMatch(
      /^It has no node, so pods stay pending: network and mount namespaces cannot be made here \(unshare: .*not permitted\)/,
    );
    expect(status.message).toContain('Running pods needs root with CAP_SYS_ADMIN');
    await stop(child);
    expect(traces('refused')).toEqual([]);
  });
});
