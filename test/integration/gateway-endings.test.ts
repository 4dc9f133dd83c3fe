import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findKubectls, minorVersionOf } from '../support/kubectls.ts';
import { HELD_CREATE, LATE_MS, WHY, startEndingsCluster } from './endings-cluster.ts';
import type { EndingsCluster, Operation } from './endings-cluster.ts';
import { startClient, startClientOnTerminal, startThroughProxy } from './endings.ts';

// What the user of each kubectl gets to see when the session ends in the middle of each thing that it can do, on the real
// API server. CURFEW_ENDINGS=FILE writes it down as the table of the guide.

const NAMESPACE = `gateway-endings-${process.pid}`;
const MIB = 2 ** 20;
const ENVIRONMENT = { PATH: process.env['PATH'], HOME: tmpdir(), TERM: 'dumb' };
const MANIFEST = {
  apiVersion: 'v1',
  kind: 'List',
  items: Array.from({ length: 10 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `part-${index}` },
    data: { text: 'x'.repeat(100_000) },
  })),
};
// Without `--append-server-path`, which 1.20 does not have.
const watch = () => `${cluster.path}/api/v1/namespaces/${NAMESPACE}/pods?watch=true`;
const THINGS = [
  '`get`, not answered yet',
  '`get --watch`',
  '`logs --follow`',
  '`exec -i`',
  '`exec -it` on a terminal',
  '`attach -i`',
  '`cp` in the middle of a file',
  '`port-forward`',
  '`apply` of a large manifest',
  'a watch through `kubectl proxy`',
] as const;
const AFTERWARDS = {
  warm: '`get` afterwards, with warm discovery',
  cold: '`get` afterwards, with cold discovery',
  exec: '`exec` afterwards',
  proxy: 'through `kubectl proxy` afterwards',
};
const folder = mkdtempSync(join(tmpdir(), 'curfew-endings-'));
let cluster: EndingsCluster;

beforeAll(async () => {
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(MANIFEST));
  cluster = await startEndingsCluster(NAMESPACE);
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

const kubectls = findKubectls(inject('kubectlPath')).map((each) => {
  const minor = minorVersionOf(each.path);
  return { ...each, minor, client: `kubectl 1.${minor}` };
});

it('the guide has a row for each thing', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/kubectl.md'), 'utf8');
  const missing = [...THINGS, ...Object.values(AFTERWARDS)].filter((name) => !guide.includes(`| ${name} `));
  expect(missing).toEqual([]);
});

describe.each(kubectls)('$client ($path)', ({ path, client, minor }) => {
  const fetched = join(folder, `fetched by ${client}`);
  const sizeOfFetched = (): number => statSync(fetched, { throwIfNoEntry: false })?.size ?? 0;
  let kubeconfig = '';
  const kubectl = (...args: string[]): string[] => [
    ...['--kubeconfig', kubeconfig, '--cache-dir', join(folder, `cache of ${client}`), '--namespace', NAMESPACE],
    ...args,
  ];
  const run = (...args: string[]) => startClient(path, kubectl(...args), ENVIRONMENT);
  const proxied = () => startThroughProxy(path, kubectl('proxy', '--port=0'), watch(), ENVIRONMENT);
  const operations: readonly (Operation & { readonly name: (typeof THINGS)[number] })[] = [
    {
      name: '`get`, not answered yet',
      start: () => run('get', 'configmap', 'held'),
      isUnderWay: () => cluster.held.some((request) => request.startsWith('GET')),
      exit: 1,
      says: WHY,
    },
    {
      name: '`get --watch`',
      start: () => run('get', 'pods', '--watch'),
      isUnderWay: ({ seen }) => seen().includes('busy'),
      exit: 0,
      says: WHY,
    },
    {
      name: '`logs --follow`',
      start: () => run('logs', '--follow', 'busy', '--tail=1'),
      isUnderWay: ({ seen }) => seen().includes('tick'),
      exit: 1,
      says: WHY,
    },
    {
      name: '`exec -i`',
      start: () => run('exec', '-i', 'busy', '--', 'sh', '-c', 'echo begun; cat'),
      isUnderWay: ({ seen }) => seen().includes('begun'),
      exit: 1,
      says: WHY,
    },
    {
      name: '`exec -it` on a terminal',
      start: () => startClientOnTerminal(path, kubectl('exec', '-it', 'busy', '--', 'sh'), ENVIRONMENT),
      isUnderWay: ({ seen }) => /[#$] /.test(seen()),
      exit: 1,
      says: WHY,
    },
    {
      name: '`attach -i`',
      start: () => run('attach', '-i', 'echo'),
      isUnderWay(attach) {
        attach.write('hello\n');
        return attach.seen().includes('got hello');
      },
      exit: 1,
      says: WHY,
    },
    {
      name: '`cp` in the middle of a file',
      start: () => run('cp', 'busy:/tmp/big', fetched),
      isUnderWay: () => sizeOfFetched() > MIB,
      stopped: true,
      exit: 1,
      // Whoever is behind with reading may be reset before he is told.
      says: new RegExp(`${WHY.source}|unexpected EOF|reset by peer|broken pipe`),
    },
    {
      name: '`port-forward`',
      start: () => run('port-forward', 'pod/busy', ':8080'),
      isUnderWay: ({ seen }) => seen().includes('Forwarding from'),
      // What 1.20 says it takes for no error.
      exit: minor === 20 ? 0 : 1,
      says: /lost connection to pod/,
    },
    {
      name: '`apply` of a large manifest',
      start: () => run('apply', '-f', join(folder, 'manifest.json')),
      isUnderWay: () => cluster.held.some((request) => request.startsWith('POST')),
      exit: 1,
      says: WHY,
    },
    {
      name: 'a watch through `kubectl proxy`',
      start: proxied,
      isUnderWay: ({ seen }) => seen().includes('ADDED'),
      exit: null,
      says: WHY,
    },
  ];

  beforeAll(async () => {
    const { session, ...signedIn } = await cluster.signIn();
    ({ kubeconfig } = signedIn);
    await cluster.endAll(client, operations, session);
    const note = async (operation: string, late: ReturnType<typeof run>): Promise<void> => {
      const { exit } = await late.ended;
      cluster.note({ client, operation, seen: late.seen(), exit, lateMs: null });
    };
    await note(AFTERWARDS.warm, run('get', 'pods'));
    await note(AFTERWARDS.cold, run('--cache-dir', join(folder, 'empty', client), 'get', 'pods'));
    await note(AFTERWARDS.exec, run('exec', 'busy', '--', 'true'));
    await note(AFTERWARDS.proxy, proxied());
  });

  it.each(operations)('$name is cut at the deadline, and says why', ({ name, exit, says }) => {
    const ending = cluster.endingOf(client, name);
    expect(ending).toMatchObject({ exit, seen: expect.stringMatching(says) });
    expect(ending.lateMs).toBeLessThan(LATE_MS);
  });

  it.each([AFTERWARDS.warm, AFTERWARDS.cold, AFTERWARDS.exec])('%s is refused, and says why', (name) => {
    expect(cluster.endingOf(client, name)).toMatchObject({ exit: 1, seen: expect.stringMatching(WHY) });
  });

  it('whoever asks through a proxy afterwards gets the reason too', () => {
    expect(cluster.endingOf(client, AFTERWARDS.proxy).seen).toMatch(WHY);
  });

  it('what the API server had received is done, and nothing is sent again', async () => {
    const { stdout } = await cluster.admin(['get', 'configmaps', '--output=name']);
    const there = stdout.match(/part-/g)?.length;
    expect({ creates: cluster.creates(), there }).toEqual({ creates: HELD_CREATE, there: HELD_CREATE });
  });

  it('a file is not taken for whole', () => {
    expect(sizeOfFetched()).toBeLessThan(4096 * MIB);
    rmSync(fetched, { force: true });
  });
});
