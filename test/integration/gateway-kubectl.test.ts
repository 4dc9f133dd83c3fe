import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findKubectls } from '../support/kubectls.ts';
import { runKubectl, startGatewayPortal, startKubectl, waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';

const NAMESPACE = `gateway-kubectl-${process.pid}`;
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'web',
        image: 'localhost/tools:1',
        imagePullPolicy: 'Never',
        command: [
          'sh',
          '-c',
          'mkdir -p /www; echo hello > /www/index.html; httpd -p 8080 -h /www; while true; do echo tick; sleep 1; done',
        ],
      },
    ],
  },
};

let portal: GatewayPortal;
let folder: string;
const admin = (args: string[], input = ''): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), args, input);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-kubectl-'));
  portal = await startGatewayPortal(inject('kubeconfigPath'));
  await admin(['create', 'namespace', NAMESPACE]);
  await admin(['-n', NAMESPACE, 'create', 'rolebinding', 'alice', '--clusterrole=edit', '--user=curfew:alice']);
  await waitForServiceAccount();
  await admin(['apply', '-f', '-'], JSON.stringify(POD));
  const ready = await admin(['-n', NAMESPACE, 'wait', 'pod/web', '--for=condition=Ready', '--timeout=60s']);
  if (ready.exit !== 0) throw new Error(ready.stderr);
});
afterAll(async () => {
  await admin(['delete', 'namespace', NAMESPACE, '--wait=false', '--grace-period=0', '--force']);
  await portal.stop();
  rmSync(folder, { recursive: true });
});

/** Made by the cluster a moment after the namespace; before that no pod may be created. */
async function waitForServiceAccount(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await admin(['-n', NAMESPACE, 'get', 'serviceaccount', 'default'])).exit === 0) return;
  }
  throw new Error('The namespace got no service account.');
}

it('needs a kubectl in PATH, and says where one comes from', () => {
  expect(() => findKubectls(inject('kubectlPath'), folder)).toThrow('apt-get install kubernetes-client');
});

describe.each(findKubectls(inject('kubectlPath')))('$name ($path)', ({ path }) => {
  it('gets, applies, copies, runs and forwards', async () => {
    const { kubeconfig } = await portal.signIn({ username: 'alice' });
    const run = (args: string[], input?: string): ReturnType<typeof runKubectl> =>
      runKubectl(path, kubeconfig, ['-n', NAMESPACE, ...args], input);

    expect(await run(['get', 'pod', 'web', '-o', 'name'])).toMatchObject({ exit: 0, stdout: 'pod/web\n' });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: '1' } };
    const applied = await run(['apply', '-f', '-'], JSON.stringify(map));
    expect(applied.stdout).toMatch(/configmap\/settings (?:created|unchanged)/);
    expect(await run(['delete', 'configmap', 'settings'])).toMatchObject({ exit: 0 });

    const exec = await run(['exec', '-i', 'web', '--', 'sh', '-c', 'cat; exit 7'], 'through stdin\n');
    expect(exec).toMatchObject({ exit: 7, stdout: 'through stdin\n' });

    const content = 'x'.repeat(300_000);
    writeFileSync(join(folder, 'there'), content);
    expect(await run(['cp', join(folder, 'there'), 'web:/tmp/copied'])).toMatchObject({ exit: 0 });
    expect(await run(['cp', 'web:/tmp/copied', join(folder, 'back')])).toMatchObject({ exit: 0 });
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe(content);

    const forward = startKubectl(path, kubeconfig, ['-n', NAMESPACE, 'port-forward', 'pod/web', ':8080']);
    await waitUntil('the port', () => /127\.0\.0\.1:\d+/.test(forward.stdout()));
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(forward.stdout()) ?? [];
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n');
    forward.process.kill();
    await forward.ended;
  });

  it('does not take it for success when it is cut in a flood of output', async () => {
    const { session, kubeconfig } = await portal.signIn({ username: 'alice' });
    const flood = startKubectl(path, kubeconfig, ['-n', NAMESPACE, 'exec', 'web', '--', 'yes', 'on-and-on']);
    await waitUntil(
      'the flood',
      () => flood.stdout() !== '' && [...session.streams].some(({ kind }) => kind === 'exec'),
    );
    session.expire();
    // Whoever is behind with reading may be reset before he is told.
    expect((await flood.ended).exit).toBe(1);
  });

  it('is refused when it acts as somebody else', async () => {
    const { kubeconfig } = await portal.signIn({ username: 'alice' });
    const result = await runKubectl(path, kubeconfig, ['--as=root', '-n', NAMESPACE, 'get', 'pod', 'web']);
    expect(result).toMatchObject({ exit: 1, stdout: '' });
    expect(result.stderr).toMatch(/Curfew decides who you are in the cluster/);
  });

  it('reads, and no more, as a read-only user', async () => {
    const { kubeconfig } = await portal.signIn({ username: 'alice', readOnly: true });
    const run = (args: string[]): ReturnType<typeof runKubectl> =>
      runKubectl(path, kubeconfig, ['-n', NAMESPACE, ...args]);
    expect(await run(['get', 'pod', 'web'])).toMatchObject({ exit: 0 });
    expect(await run(['logs', 'web', '--tail=1'])).toMatchObject({ exit: 0, stdout: 'tick\n' });
    for (const args of [
      ['exec', 'web', '--', 'id'],
      ['get', 'secrets'],
      ['delete', 'pod', 'web'],
      ['port-forward', 'web', ':8080'],
    ]) {
      const result = await run(args);
      expect(result.exit).toBe(1);
      expect(result.stderr).toMatch(/You are read-only in Curfew/);
    }
  });
});
