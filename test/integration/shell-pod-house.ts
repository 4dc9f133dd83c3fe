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

const MANIFEST = join(import.meta.dirname, '../../deploy/shell-pods.yaml');

/** The cluster of the tests, made ready for shells in pods as the guide says, with a service account for the portal. */
export interface PodCluster {
  readonly settings: PodSettings;
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

/** @param namespace of the pods: one for each test file, since two of them run at a time */
export function preparePodCluster(administrator: string, kubectlPath: string, namespace: string): PodCluster {
  const kubectl = (...args: string[]): string =>
    execFileSync(kubectlPath, ['--kubeconfig', administrator, ...args], { encoding: 'utf8' });
  const folder = mkdtempSync(join(tmpdir(), 'curfew-pods-'));
  const manifest = join(folder, 'shell-pods.yaml');
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'curfew', namespace } };
  const shellPods = readFileSync(MANIFEST, 'utf8').replaceAll(/curfew-shells|(?<=namespace: )curfew$/gm, namespace);
  writeFileSync(manifest, `${shellPods}---\n${stringify(account)}`);
  kubectl('apply', '-f', manifest);
  const secret = soonSync(() =>
    kubectl('-n', namespace, 'get', 'serviceaccount', 'curfew', '-o', 'jsonpath={.secrets[0].name}'),
  );
  const token = soonSync(() => kubectl('-n', namespace, 'get', 'secret', secret, '-o', 'jsonpath={.data.token}'));
  const config = parse(readFileSync(administrator, 'utf8')) as { users: { name: string; user: object }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token: Buffer.from(token, 'base64').toString() } }));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, stringify({ ...config, users }));
  return {
    settings: { clusterId: 'home', namespace, image: TOOLS_IMAGE, pullPolicy: 'Never' },
    kubeconfig,
    kubectl,
    pods: () => (JSON.parse(kubectl('-n', namespace, 'get', 'pods', '-o', 'json')) as { items: PodView[] }).items,
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
export function openTestPods(
  { kubeconfig, settings }: Pick<PodCluster, 'kubeconfig' | 'settings'>,
  changes: Partial<PodSettings> = {},
): TestPods {
  const clock = createSystemClock();
  const [definition] = loadKubeconfig([kubeconfig]).clusters;
  if (definition === undefined) throw new Error(`no cluster in ${kubeconfig}`);
  const cluster = openCluster('home', definition, clock);
  const workshop = openPodWorkshop({
    clock,
    log: pino({ level: 'silent' }),
    settings: { ...settings, ...changes },
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

export async function startPodHouse(pods: Pick<PodCluster, 'kubeconfig' | 'settings'>): Promise<House> {
  const { workshop, cluster } = await openTestPods(pods).ready();
  const house = await startHouse(workshop);
  return {
    ...house,
    async stop() {
      await house.stop();
      await cluster.close();
    },
  };
}
