import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Connection } from '../../src/kubernetes/clusters/cluster.ts';
import { FAREWELL_MS } from '../../src/kubernetes/gateway/farewell.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { findKubectls } from '../support/kubectls.ts';
import { runKubectl, startGatewayPortal, startKubectl, waitUntil } from './gateway-portal.ts';
import type { GatewayPortal, RunningKubectl } from './gateway-portal.ts';

// What is in the middle of something when its session ends. The gateway's clock is moved by the test, so "a millisecond
// before" is exactly that.

const NAMESPACE = `gateway-deadline-${process.pid}`;
const WHY = /Your Kubernetes session ended at .* UTC: Maximum K8s Session Duration is 60 minutes\. Sign in/;
/** What kubectl says where the connection broke off, which depends on its version and on where it stood. */
const WHY_OR_BROKEN = new RegExp(`${WHY.source}|unexpected EOF|reset by peer|broken pipe`);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIB = 2 ** 20;
/** So large that it is not there before it is cut; sparse, so that it costs nothing. */
const BIG = 4000 * MIB;
const OBJECTS = 10;
const DONE = 4;
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'busy', namespace: NAMESPACE },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'busy',
        image: 'localhost/tools:1',
        imagePullPolicy: 'Never',
        stdin: true,
        command: ['sh', '-c', `truncate -s ${BIG} /tmp/big; while read line; do echo "got $line"; done`],
      },
    ],
  },
};

const clock = createFakeClock(Date.now());
/** How many requests to create a part of the manifest have gone to the cluster. */
let creates = 0;
/** Called when the cluster has answered a request to create something, before the gateway hears of it. */
let onCreated: () => void = () => undefined;
const running: RunningKubectl[] = [];
let portal: GatewayPortal;
let folder: string;
const admin = (args: string[], input = '\n'): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), ['-n', NAMESPACE, ...args], input);

/** The same connection, whose requests to create something are noted. */
function noteCreates(connection: Connection): Connection {
  const dispatch: Connection['dispatcher']['dispatch'] = (options, handler) => {
    if (options.method !== 'POST' || !options.path.includes('/configmaps'))
      return connection.dispatcher.dispatch(options, handler);
    creates++;
    return connection.dispatcher.dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onResponseStart(...given) {
        onCreated();
        handler.onResponseStart?.(...given);
      },
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
  };
  return { ...connection, dispatcher: Object.assign(Object.create(connection.dispatcher), { dispatch }) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-deadline-'));
  portal = await startGatewayPortal(inject('kubeconfigPath'), {
    clock,
    findCluster(id) {
      const cluster = portal.directory.find(id);
      return (
        cluster && { connect: async () => noteCreates(await cluster.connect()), forgetCredential: () => undefined }
      );
    },
  });
  await admin(['create', 'namespace', NAMESPACE]);
  await admin(['create', 'rolebinding', 'alice', '--clusterrole=edit', '--user=curfew:alice']);
  await waitForServiceAccount();
  await admin(['apply', '-f', '-'], JSON.stringify(POD));
  const ready = await admin(['wait', 'pod/busy', '--for=condition=Ready', '--timeout=60s']);
  if (ready.exit !== 0) throw new Error(ready.stderr);
  writeFileSync(join(folder, 'big'), '');
  truncateSync(join(folder, 'big'), BIG);
});
afterAll(async () => {
  await admin(['delete', 'namespace', NAMESPACE, '--wait=false', '--grace-period=0', '--force']);
  await portal.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  // One that stands still would outlive a test that fails.
  for (const { process } of running.splice(0)) process.kill('SIGKILL');
});
beforeEach(() => {
  creates = 0;
  onCreated = () => undefined;
});

/** Made by the cluster a moment after the namespace; before that no pod may be created. */
async function waitForServiceAccount(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await admin(['get', 'serviceaccount', 'default'])).exit === 0) return;
  }
  throw new Error('The namespace got no service account.');
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const sizeInPod = async (path: string): Promise<number> =>
  Number((await admin(['exec', 'busy', '--', 'sh', '-c', `stat -c %s ${path} || echo 0`])).stdout);

async function waitUntilGrown(path: string, from: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) if ((await sizeInPod(path)) > from) return;
  throw new Error(`${path} does not grow.`);
}

describe.each(findKubectls(inject('kubectlPath')))('at the deadline, $name ($path)', ({ path }) => {
  const inNamespace = (args: string[]): string[] => ['-n', NAMESPACE, ...args];

  it('kubectl has warned once when the lead began and once in the last minute', async () => {
    const { kubeconfig } = await portal.signIn({ username: 'alice' });
    const warnings = async (...args: string[]): Promise<string[]> => {
      const { exit, stderr } = await runKubectl(path, kubeconfig, inNamespace([...args, 'get', 'pods']));
      expect(exit).toBe(0);
      return stderr.match(/^Warning: .*$/gm) ?? [];
    };
    const line = (left: string) =>
      `Warning: Your Kubernetes session ends in ${left} (Maximum K8s Session Duration is 60 minutes).`;
    expect(await warnings()).toEqual([]);
    await clock.advance(HOUR - 5 * MINUTE);
    // With discovery to be done anew, where one command is many requests.
    expect(await warnings('--cache-dir', join(folder, 'cold'))).toEqual([line('5 min')]);
    expect(await warnings()).toEqual([]);
    await clock.advance(4 * MINUTE);
    expect(await warnings()).toEqual([line('1 min')]);
    expect(await warnings()).toEqual([]);
  });

  it('an attach and files on the way are cut, not a millisecond early, and none looks complete', async () => {
    const { session, kubeconfig } = await portal.signIn({ username: 'alice' });
    const start = (args: string[]): RunningKubectl => {
      running.push(startKubectl(path, kubeconfig, inNamespace(args)));
      return running.at(-1) as RunningKubectl;
    };
    const [fetched, slowlyFetched] = [join(folder, `${session.id}-1`), join(folder, `${session.id}-2`)];
    const sent = `/tmp/${session.id}`;
    const attach = start(['attach', '-i', 'busy']);
    const download = start(['cp', 'busy:/tmp/big', fetched]);
    const slowDownload = start(['cp', 'busy:/tmp/big', slowlyFetched]);
    const upload = start(['cp', join(folder, 'big'), `busy:${sent}`]);
    const kubectls = [attach, download, slowDownload, upload];
    await Promise.all([
      // Whoever stands still holds it in the middle; the slow one stays so until it is cut.
      waitUntil('a file', () => sizeOf(fetched) > MIB).then(() => download.process.kill('SIGSTOP')),
      waitUntil('another', () => sizeOf(slowlyFetched) > MIB).then(() => slowDownload.process.kill('SIGSTOP')),
      waitUntil('the attach', () => [...session.streams].some(({ kind }) => kind === 'attach')),
      waitUntilGrown(sent, 0).then(() => upload.process.kill('SIGSTOP')),
    ]);

    await clock.advance(HOUR - 1);
    const before = { fetched: sizeOf(fetched), sent: await sizeInPod(sent) };
    attach.process.stdin?.write(`before ${session.id}\n`);
    await waitUntil('an echo', () => attach.stdout().includes(`got before ${session.id}`));
    download.process.kill('SIGCONT');
    await waitUntil('more of the file', () => sizeOf(fetched) > before.fetched);
    download.process.kill('SIGSTOP');
    upload.process.kill('SIGCONT');
    await waitUntilGrown(sent, before.sent);
    upload.process.kill('SIGSTOP');
    expect([...session.streams].map(({ kind }) => kind).toSorted()).toEqual(['attach', 'exec', 'exec', 'exec']);

    await clock.advance(1);
    expect(session.streams.size).toBe(0);
    attach.process.stdin?.write(`after ${session.id}\n`);
    await clock.advance(FAREWELL_MS);
    for (const copy of [download, slowDownload, upload]) copy.process.kill('SIGCONT');
    const [attached, ...copied] = await Promise.all(kubectls.map(({ ended }) => ended));

    expect(attached).toMatchObject({ exit: 1, stderr: expect.stringMatching(WHY) });
    expect((await admin(['logs', 'busy', '--tail=1'])).stdout).toBe(`got before ${session.id}\n`);
    // Whoever is behind with reading may be reset before he is told.
    for (const each of copied) expect(each).toMatchObject({ exit: 1, stderr: expect.stringMatching(WHY_OR_BROKEN) });
    for (const partial of [fetched, slowlyFetched]) expect(sizeOf(partial)).toBeLessThan(BIG);
    expect(await sizeInPod(sent)).toBeLessThan(BIG);
    await admin(['exec', 'busy', '--', 'rm', sent]);
  });

  it('an apply is done as far as it had come, refused from there on, and never replayed', async () => {
    const { session, kubeconfig } = await portal.signIn({ username: 'alice' });
    const items = Array.from({ length: OBJECTS }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `part-${index}` },
      data: { text: 'x'.repeat(100_000) },
    }));
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const names = async (): Promise<number> =>
      (await admin(['get', 'configmaps', '-o', 'name'])).stdout.match(/part-/g)?.length ?? 0;
    await clock.advance(HOUR - 1);
    onCreated = () => {
      if (creates === DONE) void clock.advance(1);
    };
    const cut = await runKubectl(path, kubeconfig, inNamespace(['apply', '-f', '-']), manifest);

    expect(cut).toMatchObject({ exit: 1, stderr: expect.stringMatching(WHY) });
    expect(session.streams.size).toBe(0);
    // The last one was done when its answer could not be given any more.
    expect(cut.stdout.match(/created/g)).toHaveLength(DONE - 1);
    expect({ creates, there: await names() }).toEqual({ creates: DONE, there: DONE });

    const again = await portal.signIn({ username: 'alice' });
    const rest = await runKubectl(path, again.kubeconfig, inNamespace(['apply', '-f', '-']), manifest);
    expect(rest.exit).toBe(0);
    expect(rest.stdout.match(/unchanged/g)).toHaveLength(DONE);
    expect({ creates, there: await names() }).toEqual({ creates: OBJECTS, there: OBJECTS });
    await admin(['delete', 'configmaps', '--all']);
  });
});
