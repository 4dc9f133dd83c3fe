import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { createLocalCluster } from '../../src/kubernetes/local-cluster/local-cluster.ts';
import type { LocalCluster } from '../../src/kubernetes/local-cluster/local-cluster.ts';
import { TOOLS_IMAGE } from '../../src/kubernetes/local-cluster/images.ts';
import { createSystemClock } from '../../src/system/clock.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The administrator's kubeconfig of a real cluster with one node. */
    kubeconfigPath: string;
    /** The kubectl that was built with it. */
    kubectlPath: string;
  }
}

interface Running {
  readonly cluster: LocalCluster;
  readonly folder: string;
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  users: number;
}

/** One cluster for the whole run: the projects set it up in one process, yet each with this module of its own. */
const shared = globalThis as { curfewTestCluster?: Promise<Running> };

/**
 * Starts a real cluster with a node, in a scratch folder, built once into the cache that `npm start` uses too. In its
 * namespace `demo` runs a pod `shell-target` and a pod `web` that answers on port 8080.
 */
export async function setup(project: TestProject): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The projects `integration` and `browser` need root: they run a real Kubernetes node and sandboxes.',
    );
  }
  const running = await (shared.curfewTestCluster ??= start());
  running.users++;
  project.provide('kubeconfigPath', running.kubeconfigPath);
  project.provide('kubectlPath', running.kubectlPath);
}

/** Stops it once no project uses it any more. */
export async function teardown(): Promise<void> {
  const running = await shared.curfewTestCluster;
  if (running === undefined || --running.users > 0) return;
  await running.cluster.stop();
  rmSync(running.folder, { recursive: true, force: true });
}

async function start(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-cluster-'));
  let last = '';
  const cluster = createLocalCluster({
    cacheDir: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'curfew'),
    stateDir: folder,
    tier: 'node',
    clock: createSystemClock(),
    log: pino({ level: 'warn' }),
    onStatus({ state, message, progress }) {
      const percent = progress === null ? '' : ` ${Math.floor(progress.fraction * 20) * 5} %`;
      const line = `local cluster: ${progress?.stage ?? state}${percent}${message === null ? '' : ` (${message})`}`;
      if (line !== last) console.log(line);
      last = line;
    },
  });
  await cluster.start();
  const { kubeconfigPath, kubectlPath, state, message } = cluster.status();
  if (kubeconfigPath === null || kubectlPath === null) {
    await cluster.stop();
    throw new Error(`The local cluster is ${state}: ${message}`);
  }
  const kubectl = (args: string[], input?: string) =>
    execFileSync(kubectlPath, ['--kubeconfig', kubeconfigPath, ...args], { encoding: 'utf8', input });
  kubectl(['apply', '--filename=-'], JSON.stringify(demo()));
  kubectl(['--namespace=demo', 'wait', '--for=condition=ready', 'pod', '--all', '--timeout=60s']);
  return { cluster, folder, kubeconfigPath, kubectlPath, users: 0 };
}

function demo(): object {
  const metadata = (name: string) => ({ name, namespace: 'demo', labels: { app: name } });
  const pod = (name: string, container: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name),
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: TOOLS_IMAGE, imagePullPolicy: 'Never', ...container }],
    },
  });
  const serve = 'mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www';
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } },
      pod('shell-target', { command: ['sh', '-c', 'while true; do echo tick; sleep 1; done'] }),
      pod('web', {
        command: ['sh', '-c', serve],
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
      }),
    ],
  };
}
