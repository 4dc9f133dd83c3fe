import { spawn } from '@lydell/node-pty';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Laptop, modeOf } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
let test: TestPortal;
const laptop = new Laptop();
const V1 = 'client.authentication.k8s.io/v1';
const infoOf = (apiVersion: string) => ({
  KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } }),
});

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
});
beforeEach(login);
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

/** In an instant of its own: sign-ins of one instant share their time at a cluster. */
async function login() {
  await test.clock.advance(1);
  const args = ['login', '--server', test.url, '--username', 'ada', '--password-stdin'];
  expect((await laptop.curfew(args, PASSWORD)).exit).toBe(0);
}

const ask = (cluster = 'nowhere', env: Record<string, string> = {}) =>
  laptop.curfew(['credential', '--cluster', cluster, '--server', test.url], '', env);

/** Asks, and expects a credential. */
async function credential(cluster?: string, env?: Record<string, string>) {
  const { exit, stdout, stderr } = await ask(cluster, env);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  return JSON.parse(stdout);
}

async function tokensIssued(): Promise<number> {
  const administrator = await test.administrator();
  return (await administrator.get('/api/audit?search=token.issued&pageSize=1')).body.total;
}

const keptFiles = () => globSync(join(laptop.curfewFolder, 'credentials', '*', '*'));

it('asks for nothing on a terminal either, which belongs to the command that kubectl runs', async () => {
  await laptop.curfew(['logout']);
  const env = { ...laptop.env, KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion: V1, spec: { interactive: true } }) };
  const terminal = spawn(process.execPath, [MAIN, 'credential', '--cluster', 'nowhere'], { env, cols: 200 });
  let shown = '';
  terminal.onData((data) => (shown += data));
  const exit = await new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  expect({ exit, shown }).toEqual({
    exit: 3,
    shown: expect.stringMatching(/^You are not signed in .*curfew login[^\n]*\r\n$/),
  });
});

it.each([V1, `${V1}beta1`])('speaks %s, until the end of the session', async (apiVersion) => {
  const answer = await credential('nowhere', infoOf(apiVersion));
  expect(answer).toMatchObject({ apiVersion, kind: 'ExecCredential' });
  const endsAt = Date.parse(answer.status.expirationTimestamp);
  expect(answer.status.expirationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Math.abs(endsAt - test.clock.now() - 60 * 60_000)).toBeLessThan(1000);
  const headers = { authorization: `Bearer ${answer.status.token}` };
  // Authenticated; nothing answers there.
  expect((await test.browser().get('/k8s/clusters/nowhere/api', headers)).body.code).toBe(503);
  expect((await test.browser().get('/k8s/clusters/elsewhere/api', headers)).body.code).toBe(401);
});

it.each(['not json', '{}', '{"apiVersion":"client.authentication.k8s.io/v1alpha1"}'])(
  'refuses KUBERNETES_EXEC_INFO of %s',
  async (info) => {
    const { exit, stdout, stderr } = await ask('nowhere', { KUBERNETES_EXEC_INFO: info });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(/^KUBERNETES_EXEC_INFO asks for .*\n$/);
  },
);

it('keeps the credential for its owner alone, and asks no more until it ends or somebody signs in again', async () => {
  const before = await tokensIssued();
  const first = await credential();
  expect(await credential()).toEqual(first);
  expect(await tokensIssued()).toBe(before + 1);
  expect(keptFiles().map(modeOf)).toEqual(['600']);
  expect((await credential('elsewhere')).status.token).not.toBe(first.status.token);
  await login();
  expect((await credential()).status.token).not.toBe(first.status.token);
  expect((await laptop.curfew(['logout'])).exit).toBe(0);
  expect(keptFiles()).toEqual([]);
});

it('makes one request and one session of twenty at once', async () => {
  const before = await tokensIssued();
  const all = await Promise.all(Array.from({ length: 20 }, () => credential()));
  expect(new Set(all.map(({ status }) => status.token)).size).toBe(1);
  expect(await tokensIssued()).toBe(before + 1);
  const { stdout } = await laptop.curfew(['sessions', '--json']);
  const { items } = JSON.parse(stdout) as { items: { kind: string; current: boolean }[] };
  expect(items.filter(({ kind, current }) => kind === 'kubernetes' && current)).toHaveLength(1);
});

it('is stopped by no lock whose holder is gone, and by no cache that is broken', async () => {
  await credential();
  const [kept = ''] = keptFiles();
  writeFileSync(kept, '{');
  writeFileSync(`${kept}.lock`, '4194305');
  await credential();
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toHaveProperty('token');
  expect(keptFiles()).toEqual([kept]);
});

it.each([
  ['a cluster that is not there', 'none', 5, /^There is no such cluster\.\n$/],
  ['what is no cluster', '../sign-ins', 2, /is no id of a cluster\.\n$/],
] as const)('says in one line that it is refused for %s', async (_what, cluster, exit, sentence) => {
  expect(await ask(cluster)).toMatchObject({ exit, stdout: '', stderr: expect.stringMatching(sentence) });
});

it('says in one line that it can keep nothing', async () => {
  const path = join(laptop.curfewFolder, 'credentials');
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, 'no folder');
  const refused = await ask();
  rmSync(path);
  expect(refused).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringMatching(/^ENOTDIR: .*credentials.*\n$/) });
});

it('says in one line that the session has ended, and how to sign in again', async () => {
  const { status } = await credential();
  const administrator = await test.administrator();
  const { items } = (await administrator.get('/api/sessions?kind=kubernetes')).body;
  for (const { id } of items) await administrator.send('DELETE', `/api/sessions/${id}`);
  // kubectl would show what the gateway says of the one that is kept.
  expect((await credential()).status).toEqual(status);
  for (const kept of keptFiles()) writeFileSync(kept, '{}');
  const refused = await ask();
  expect(refused).toMatchObject({ exit: 3, stdout: '' });
  expect(refused.stderr).toMatch(/^Your Kubernetes session .*Sign in again with: curfew login --server http\S+\n$/);
  expect((await laptop.curfew(['logout'])).exit).toBe(0);
  expect(await ask()).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^You are not signed in at .*\n$/) });
});

it('loads neither schemas nor the server: a kubectl waits for it', async () => {
  await credential();
  const loaded = laptop.write(
    'loaded.mjs',
    `import { registerHooks } from 'node:module';
     registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });`,
  );
  const { stderr } = await ask('nowhere', { NODE_OPTIONS: `--import ${loaded}` });
  const own = stderr.split('\n').filter((url) => /\/src\//.test(url));
  expect(own.length).toBeLessThan(20);
  expect(stderr).not.toMatch(/node_modules\/(?!commander)|src\/(?:http|store|sessions|wire|config)\//);
});
