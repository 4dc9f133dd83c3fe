import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { choosePort } from '../../src/system/free-port.ts';
import { createBrokenNetwork } from '../support/broken-network.ts';
import type { BrokenNetwork } from '../support/broken-network.ts';
import { findKubectls, minorVersionOf } from '../support/kubectls.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { startClient } from './endings.ts';
import type { Client } from './endings.ts';
import { selfSigned, waitUntil } from './gateway-portal.ts';

// What kubectl shows where something is wrong with the cluster or with what it was given: a whole portal, and a real API
// server behind a network that breaks.

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, string> }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
  users: { name: string }[];
}

const ENVIRONMENT = { PATH: process.env['PATH'], HOME: tmpdir() };
const folder = mkdtempSync(join(tmpdir(), 'curfew-bad-input-'));
let network: BrokenNetwork;
let silence: BrokenNetwork;
let test: TestPortal;
let ada: TestBrowser;
/** The kubeconfigs that the portal gives out, by cluster. */
const files = new Map<string, string>();

beforeAll(async () => {
  const real = parse(readFileSync(inject('kubeconfigPath'), 'utf8')) as Kubeconfig;
  const cluster = real.clusters[0]?.cluster ?? {};
  const user = real.contexts[0]?.context.user;
  const server = new URL(cluster['server'] ?? '');
  network = await createBrokenNetwork(Number(server.port), server.hostname);
  silence = await createBrokenNetwork(network.port);
  silence.blackhole();
  const other = await selfSigned();
  const at = (port: number): string => `https://127.0.0.1:${port}`;
  const clusters = {
    real: { ...cluster, server: at(network.port) },
    down: { ...cluster, server: at(await choosePort(0, '127.0.0.1')) },
    silent: { ...cluster, server: at(silence.port) },
    stranger: {
      ...cluster,
      server: at(network.port),
      'certificate-authority-data': Buffer.from(other.cert).toString('base64'),
    },
  };
  const kubeconfig = join(folder, 'clusters');
  writeFileSync(
    kubeconfig,
    stringify({
      ...real,
      clusters: Object.entries(clusters).map(([name, each]) => ({ name, cluster: each })),
      contexts: Object.keys(clusters).map((name) => ({ name, context: { cluster: name, user } })),
      'current-context': 'real',
    }),
  );
  test = await startTestPortal({ kubeconfig, realTime: true });
  ada = await test.administrator();
  for (const name of Object.keys(clusters)) {
    const answer = await ada.send('POST', `/api/clusters/${name}/kubeconfig`);
    expect(answer.status).toBe(201);
    files.set(name, write(name, answer.body.kubeconfig));
  }
});
afterAll(async () => {
  await test.stop();
  await silence.close();
  await network.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => network.work());

function write(name: string, text: string): string {
  const path = join(folder, `${name}.kubeconfig`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const textOf = (name: string): string => readFileSync(files.get(name) ?? '', 'utf8');

interface Case {
  readonly what: string;
  kubeconfig(): string;
  readonly args: readonly string[];
  /** As it stands in the guide too; `…` is what is different each time. */
  readonly says: string;
}

const GET = ['get', 'pods'];
const CASES: readonly Case[] = [
  {
    what: 'a cluster that is not known',
    kubeconfig: () => write('unknown', textOf('real').replaceAll('clusters/real', 'clusters/nowhere')),
    args: GET,
    says: 'This token is for another cluster. Sign in to Curfew again, then download a new kubeconfig.',
  },
  {
    what: 'a token that is not known',
    kubeconfig: () => write('token', textOf('real').replace(/token: .*/, 'token: made-up')),
    args: GET,
    says: 'You are not signed in. Sign in to Curfew again, then download a new kubeconfig.',
  },
  {
    what: 'a kubeconfig that is no YAML',
    kubeconfig: () => write('broken', 'clusters: [}'),
    args: GET,
    says: 'error loading config file …',
  },
  {
    what: 'a kubeconfig without the certificate of the portal',
    kubeconfig: () => write('no-ca', textOf('real').replace(/ *certificate-authority-data: .*\n/, '')),
    args: GET,
    says: 'x509: certificate signed by unknown authority',
  },
  {
    what: 'a cluster that is down',
    kubeconfig: () => files.get('down') ?? '',
    args: GET,
    says: 'The cluster cannot be reached: connection refused at ….',
  },
  {
    what: 'a cluster with a wrong certificate',
    kubeconfig: () => files.get('stranger') ?? '',
    args: GET,
    says: 'The cluster cannot be reached: the certificate of … is not signed by the authority in the kubeconfig.',
  },
];

const kubectls = findKubectls(inject('kubectlPath')).map((each) => ({ ...each, minor: minorVersionOf(each.path) }));
const run = (path: string, kubeconfig: string, args: readonly string[]): Client => {
  const cache = join(folder, `cache of ${path.replaceAll('/', '-')}`);
  return startClient(
    path,
    ['--kubeconfig', kubeconfig, '--cache-dir', cache, '--namespace=demo', ...args],
    ENVIRONMENT,
  );
};
const outcomeOf = async (client: Client): Promise<{ exit: number | null; seen: string }> => {
  const { exit } = await client.ended;
  return { exit, seen: client.seen() };
};
const ABOUT_RESET = 'The cluster cannot be reached: the connection to … was';
const BROKE_OFF = 'The connection to the cluster broke off: it is not known what became of this command.';
const SILENT = 'The cluster cannot be reached: no answer from … in time.';
/** What matches a text in which `…` stands for something without spaces. */
const pattern = (text: string): RegExp => new RegExp(RegExp.escape(text).replaceAll(RegExp.escape('…'), '\\S+'));

it('the guide has each of them', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/kubectl.md'), 'utf8');
  const said = [...CASES.map(({ says }) => says), SILENT, ABOUT_RESET, BROKE_OFF];
  expect(said.filter((each) => !guide.includes(each))).toEqual([]);
});

it('a cluster that takes connections and says nothing is told after a while', async () => {
  // kubectl puts the path of the server before each other one, but not here.
  const raw = ['get', '--raw', '/k8s/clusters/silent/api/v1/namespaces/demo/pods'];
  const all = await Promise.all(kubectls.map(({ path }) => outcomeOf(run(path, files.get('silent') ?? '', raw))));
  expect(all).toEqual(kubectls.map(() => ({ exit: 1, seen: expect.stringMatching(pattern(SILENT)) })));
});

describe.each(kubectls)('kubectl 1.$minor ($path)', ({ path, minor }) => {
  it.each(CASES)('$what is told', async ({ kubeconfig, args, says }) => {
    const outcome = await outcomeOf(run(path, kubeconfig(), args));
    expect(outcome).toEqual({ exit: 1, seen: expect.stringMatching(pattern(says)) });
  });

  it('a slow cluster is slow, and nothing else', async () => {
    network.work(100);
    const outcome = await outcomeOf(run(path, files.get('real') ?? '', [...GET, '--output=name']));
    expect(outcome).toEqual({ exit: 0, seen: expect.stringContaining('pod/web') });
  });

  it.each([
    { kind: 'watch', args: ['get', 'pods', '--watch'], begun: /web[^]*web/, exit: 0, says: ABOUT_RESET },
    {
      kind: 'log',
      args: ['logs', '--follow', 'shell-target', '--tail=1'],
      begun: /tick/,
      exit: 1,
      says: 'unexpected EOF',
    },
    {
      kind: 'exec',
      args: ['exec', '-i', 'shell-target', '--', 'sh', '-c', 'echo begun; cat'],
      begun: /begun/,
      exit: 1,
      says: BROKE_OFF,
    },
    {
      kind: 'port-forward',
      args: ['port-forward', 'pod/web', ':8080'],
      begun: /Forwarding/,
      // What 1.20 says it takes for no error.
      exit: minor === 20 ? 0 : 1,
      says: 'lost connection to pod',
    },
  ] as const)('a $kind that the cluster resets says so', async ({ kind, args, begun, exit, says }) => {
    const client = run(path, files.get('real') ?? '', args);
    const isOpen = () => (test.portal.sessions.pool.countStreams()[kind] ?? 0) > 0;
    // A watch prints the same again once something has changed, and is in the middle of it only then.
    const change = ['annotate', 'pod', 'web', `seen-by=${minor}-${performance.now()}`, '--overwrite'];
    if (kind === 'watch') {
      await waitUntil('the list', () => client.seen().includes('web'));
      await run(path, inject('kubeconfigPath'), change).ended;
    }
    await waitUntil('it is under way', () => begun.test(client.seen()) && isOpen());
    network.cut();
    expect(await outcomeOf(client)).toEqual({ exit, seen: expect.stringMatching(pattern(says)) });
  });
});
