import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';
import { openCluster } from '../../src/kubernetes/clusters/connection.ts';
import type { OpenCluster } from '../../src/kubernetes/clusters/connection.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { TOOLS_IMAGE } from '../../src/kubernetes/local-cluster/images.ts';
import type { PodSettings } from '../../src/kubernetes/shell/pod/pod-spec.ts';
import { openPodWorkshop } from '../../src/kubernetes/shell/pod/pod-workshop.ts';
import type { ShellWorkshop } from '../../src/kubernetes/shell/shell-workshop.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { startHouse } from './shell-terminal.ts';
import type { House } from './shell-terminal.ts';
import { soon } from '../support/soon.ts';

export const POD_SETTINGS: PodSettings = {
  clusterId: 'home',
  namespace: 'curfew-shells',
  image: TOOLS_IMAGE,
  pullPolicy: 'Never',
};
const MANIFEST = join(import.meta.dirname, '../../deploy/shell-pods.yaml');

/** The cluster of the tests, made ready for shells in pods as the guide says, with a service account for the portal. */
export interface PodCluster {
  /** The portal's kubeconfig: rights as in deploy/shell-pods.yaml, and no other. */
  readonly kubeconfig: string;
  kubectl(...args: string[]): string;
  /** The pods of shells, as JSON. */
  pods(): PodView[];
  remove(): void;
}

export interface PodView {
  readonly metadata: { readonly name: string };
  // The tests look into all of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly spec: any;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly status: any;
}

export function preparePodCluster(administrator: string, kubectlPath: string): PodCluster {
  const kubectl = (...args: string[]): string =>
    execFileSync(kubectlPath, ['--kubeconfig', administrator, ...args], { encoding: 'utf8' });
  const folder = mkdtempSync(join(tmpdir(), 'curfew-pods-'));
  const account = join(folder, 'account.yaml');
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'curfew' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'curfew', namespace: 'curfew' } },
  ];
  writeFileSync(account, stringify({ apiVersion: 'v1', kind: 'List', items }));
  kubectl('apply', '-f', account, '-f', MANIFEST);
  const secret = soonSync(() =>
    kubectl('-n', 'curfew', 'get', 'serviceaccount', 'curfew', '-o', 'jsonpath={.secrets[0].name}'),
  );
  const token = soonSync(() => kubectl('-n', 'curfew', 'get', 'secret', secret, '-o', 'jsonpath={.data.token}'));
  const config = parse(readFileSync(administrator, 'utf8')) as { users: { name: string; user: object }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token: Buffer.from(token, 'base64').toString() } }));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, stringify({ ...config, users }));
  return {
    kubeconfig,
    kubectl,
    pods: () =>
      (JSON.parse(kubectl('-n', POD_SETTINGS.namespace, 'get', 'pods', '-o', 'json')) as { items: PodView[] }).items,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function soonSync(look: () => string): string {
  for (let tries = 0; tries < 50; tries++) {
    const found = look();
    if (found !== '') return found;
    execFileSync('sleep', ['0.1']);
  }
  throw new Error('not there in time');
}

/** Asks the cluster a few times a second. */
export async function podsOnceThey(
  cluster: PodCluster,
  are: (pods: PodView[]) => boolean,
  withinMs = 20_000,
): Promise<PodView[]> {
  const ask = async (): Promise<PodView[]> => {
    await sleep(100);
    return cluster.pods();
  };
  return soon(ask, are, withinMs);
}

export interface TestPods {
  readonly workshop: ShellWorkshop;
  readonly cluster: OpenCluster;
  /** Waits until it has tried itself out. */
  ready(): Promise<TestPods>;
  close(): Promise<void>;
}

/** Opens a workshop for pods with the portal's credential. */
export function openTestPods(kubeconfig: string, settings: Partial<PodSettings> = {}): TestPods {
  const clock = createSystemClock();
  const [definition] = loadKubeconfig([kubeconfig]).clusters;
  if (definition === undefined) throw new Error(`no cluster in ${kubeconfig}`);
  const cluster = openCluster('home', definition, clock);
  const workshop = openPodWorkshop({
    clock,
    log: pino({ level: 'silent' }),
    settings: { ...POD_SETTINGS, ...settings },
    longestSessionMs: () => 3_600_000,
    findCluster: (id) => (id === 'home' ? cluster : undefined),
  });
  const pods: TestPods = {
    workshop,
    cluster,
    async ready() {
      await soon(
        () => Promise.resolve(workshop.missing()),
        (missing) => missing.length === 0,
        60_000,
      );
      return pods;
    },
    async close() {
      await workshop.close();
      await cluster.close();
    },
  };
  return pods;
}

export async function startPodHouse(kubeconfig: string): Promise<House> {
  const { workshop, cluster } = await openTestPods(kubeconfig).ready();
  const house = await startHouse(workshop);
  return {
    ...house,
    async stop() {
      await house.stop();
      await cluster.close();
    },
  };
}
