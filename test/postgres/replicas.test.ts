import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import { TERMINAL_CLOSE } from '../../src/wire/shell.ts';
import { createBrokenNetwork } from '../support/broken-network.ts';
import type { BrokenNetwork } from '../support/broken-network.ts';
import { until } from '../support/curfew-process.ts';
import { ask, createDatabase, dropDatabase } from '../support/postgres.ts';
import { soon } from '../support/soon.ts';
import { TestBrowser, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { openTestShell } from '../support/test-shell.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

/** A command line that shows a code. */
async function askToSignIn({ url }: TestPortal) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = hash('sha256', verifier, 'base64url');
  const asked = await new TestBrowser(url).send('POST', '/api/login-requests', { challenge, hostname: 'laptop' });
  const take = (at: TestPortal) => new TestBrowser(at.url).send('POST', '/api/login-requests/token', { verifier });
  return { userCode: asked.body.userCode as string, take };
}

/** The refusal of somebody whose session ends. */
const outAtOnce = (browser: TestBrowser) =>
  soon(
    () => browser.get('/api/session/check'),
    ({ status }) => status === 401,
    50,
  );

/** Two portals on one database; between the second and the database stands a network that breaks. */
describe('two replicas', () => {
  let folder: string;
  let url: string;
  let network: BrokenNetwork;
  let one: TestPortal;
  let other: TestPortal;
  let ada: TestBrowser;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'curfew-replicas-'));
    url = await createDatabase(inject('postgresUrl'));
    network = await createBrokenNetwork(Number(new URL(url).port));
    const secretKeyFile = join(folder, 'secret.key');
    const kubeconfig = unreachableKubeconfig();
    one = await startTestPortal({ database: url, secretKeyFile, kubeconfig });
    const behind = Object.assign(new URL(url), { port: String(network.port) }).href;
    other = await startTestPortal({ database: behind, secretKeyFile, kubeconfig });
    ada = await one.administrator();
  });
  afterEach(async () => {
    network.work();
    await other.stop();
    await one.stop();
    await network.close();
    await dropDatabase(url);
    rmSync(folder, { recursive: true, force: true });
  });

  it('a sign-in on one is a sign-in on the other, and a sign-out too, within 50 ms', async () => {
    const there = ada.at(other.url);
    expect((await there.get('/api/session')).body.user.username).toBe('ada');
    await ada.send('DELETE', '/api/session');
    const answer = await outAtOnce(there);
    expect(answer.body).toMatchObject({ code: 'session-ended', endReason: 'signed-out' });
  });

  it('a command line asks on one, is let in on the other, and fetches its token on either', async () => {
    const there = ada.at(other.url);
    const { take, userCode } = await askToSignIn(one);
    const decided = await there.send('POST', '/api/login-requests/decision', { userCode, approve: true });
    expect(decided.status).toBe(200);
    const { status, body } = await take(one);
    expect([status, body.user.username]).toEqual([201, 'ada']);
    expect((await take(other)).body.code).toBe('login-request-over');
    const late = await askToSignIn(other);
    await there.send('POST', '/api/login-requests/decision', { userCode: late.userCode, approve: true });
    await ada.send('DELETE', '/api/session');
    expect((await late.take(other)).body).toMatchObject({ detail: expect.stringContaining('has ended meanwhile') });
  });

  it('a limit set on one ends a session on the other at once, and both say which limit', async () => {
    const bob = await one.user('bob');
    const there = bob.at(other.url);
    expect((await there.get('/api/session')).status).toBe(200);
    await ada.send('PUT', '/api/system-config/AuthorizationTokenSessionDuration', { type: 'AppConfig', value: '7' });
    const after = await soon(
      () => there.get('/api/session'),
      ({ body }) => body.endsBy.key === 'AuthorizationTokenSessionDuration',
      50,
    );
    expect(after.body.endsBy.value).toBe(7);
    expect(after.body.endsAt).toBe((await bob.get('/api/session')).body.endsAt);
  });

  it('a limit of a cluster set on one binds the session there on the other at once, and none at another cluster', async () => {
    const there = ada.at(other.url);
    for (const cluster of ['nowhere', 'elsewhere'])
      expect((await there.send('POST', `/api/clusters/${cluster}/kubeconfig`)).status).toBe(201);
    await ada.send('PUT', '/api/clusters/nowhere/limits/MaximumK8sSessionDuration', { value: '7' });
    const after = await soon(
      () => there.get('/api/clusters'),
      ({ body }) => body.items[0].session.endsBy.value === 7,
      50,
    );
    expect(after.body.items).toMatchObject([
      { session: { endsBy: { scope: { kind: 'cluster', id: 'nowhere' } } } },
      { session: { endsBy: { scope: { kind: 'system' }, value: 30 } } },
    ]);
  });

  it('a disabled user is out everywhere', async () => {
    const bob = await one.user('bob');
    const there = bob.at(other.url);
    expect((await there.get('/api/session/check')).status).toBe(204);
    await ada.send('PATCH', '/api/users/bob', { disabled: true });
    const answer = await outAtOnce(there);
    expect(answer.body).toMatchObject({ endReason: 'user-disabled' });
  });

  it('access that a replica took away in the moment of its death ends everywhere all the same', async () => {
    const bob = await one.user('bob');
    await ada.send('PUT', '/api/clusters/nowhere/grants/user/bob');
    const shell = await openTestShell(bob);
    await ask(url, 'delete from grants');
    expect(await shell.closed).toBe(TERMINAL_CLOSE.ended);
    expect(shell.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'revoked' });
    expect((await bob.get('/api/session/check')).status).toBe(204);
    await ask(url, "update users set disabled_at = 1 where username = 'bob'");
    const answer = await outAtOnce(bob);
    expect(answer.body).toMatchObject({ endReason: 'user-disabled' });
  });

  it('access to a tenant that is taken away on one is gone on the other at once, with the session there', async () => {
    const { body: tenant } = await ada.send('POST', '/api/tenants', { name: 'dev', cluster: 'nowhere' });
    const bob = await one.user('bob');
    const there = bob.at(other.url);
    const access = `/api/tenants/${tenant.id}/access/bob`;
    await ada.send('PUT', access, {});
    const entered = await soon(
      () => there.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${tenant.id}`),
      ({ status }) => status === 201,
      50,
    );
    const authorization = `Bearer ${/token: (\S+)/.exec(entered.body.kubeconfig)?.[1] ?? ''}`;
    const enter = () => new TestBrowser(other.url).get('/k8s/clusters/nowhere/api', { authorization });
    expect((await enter()).status).not.toBe(401);
    await ada.send('DELETE', access);
    await soon(enter, ({ status }) => status === 401, 50);
    expect((await there.get('/api/clusters')).body.items).toEqual([]);
  });

  it('a role that was taken away on one is gone on the other with the next sign-in', async () => {
    await one.user('eve', { role: 'Administrator' });
    const before = other.browser();
    await before.signIn('eve');
    await ada.send('PATCH', '/api/users/eve', { role: 'User' });
    const after = other.browser();
    await after.signIn('eve');
    expect((await after.get('/api/users')).body.code).toBe('forbidden');
  });

  it('administrators see who serves, and whose clock is off', async () => {
    const { items } = (await ada.get('/api/replicas')).body;
    expect(items).toHaveLength(2);
    expect(new Set(items.map(({ address }: { address: string }) => address.split(':').at(-1)))).toEqual(
      new Set([one, other].map(({ url: own }) => new URL(own).port)),
    );
    expect(
      items.every(({ isSkewed, skewMs }: { isSkewed: boolean; skewMs: number }) => !isSkewed && skewMs < 100),
    ).toBe(true);
    await other.restart();
    expect((await ada.get('/api/replicas')).body.items).toHaveLength(2);
  });

  it('signing in again on one takes a shell on the other along, and its session ends all the same', async () => {
    const shell = await openTestShell(ada);
    const before = (await ada.get('/api/shells')).body.items[0].sessionId;
    const there = ada.at(other.url);
    const old = ada.at(other.url);
    await there.signIn('ada');
    const here = there.at(one.url);
    const moved = await soon(
      () => here.get('/api/shells'),
      ({ body }) => body.items.length === 1,
      1000,
    );
    expect(moved.body.items[0]).toMatchObject({ id: shell.id });
    expect(moved.body.items[0].sessionId).not.toBe(before);
    const ended = await soon(
      () => ada.get('/api/session/check'),
      ({ status }) => status === 401,
      1000,
    );
    expect(ended.body).toMatchObject({ endReason: 'replaced' });
    expect((await old.get('/api/session/check')).status).toBe(401);
    shell.type('echo $((6 * 7))\n');
    await until(() => shell.output().includes('42'), 'the shell works');
    await there.send('DELETE', '/api/session');
    expect(await shell.closed).toBe(TERMINAL_CLOSE.ended);
    expect(shell.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'parent-ended' });
  });

  it('a shell is used on the replica that its id names, and every other one says so', async () => {
    const shell = await openTestShell(ada);
    const there = ada.at(other.url);
    expect(await ada.get(`/api/shells/${shell.id}`)).toMatchObject({ status: 200, body: { id: shell.id } });
    for (const method of ['GET', 'DELETE']) {
      const refused = await there.send(method, `/api/shells/${shell.id}`);
      expect(refused).toMatchObject({ status: 421, body: { code: 'wrong-replica' } });
      expect(refused.body.detail).toContain('load balancer');
    }
    const headers = { cookie: there.cookieHeader, origin: there.url, 'sec-fetch-site': 'same-origin' };
    const terminal = new WebSocket(`${there.url.replace('http', 'ws')}/api/shells/${shell.id}/terminal`, { headers });
    const [error] = await once(terminal, 'error');
    expect(String(error)).toContain('421');
    expect((await ada.get(shell.id.replace(/^(sh-[a-z0-9]+_).*/, '/api/shells/$1x'))).status).toBe(404);
    expect((await ada.send('DELETE', `/api/shells/${shell.id}`)).status).toBe(204);
    expect(await shell.closed).toBe(TERMINAL_CLOSE.ended);
  });

  it('pushes the end to a page that listens on the other replica', async () => {
    const there = ada.at(other.url);
    const events = await fetch(`${other.url}/api/session/events`, {
      headers: { cookie: there.cookieHeader, 'sec-fetch-site': 'same-origin', origin: other.url },
    });
    expect(events.status).toBe(200);
    await ada.send('DELETE', '/api/session');
    expect(await events.text()).toContain('event: ended');
  });

  it('guesses that alternate between them are no more than those on one', async () => {
    const guess = (at: TestPortal) =>
      at.browser().send('POST', '/api/session', { username: 'ada', password: 'a wrong guess' });
    for (let count = 0; count < 6; count++) expect((await guess(count % 2 === 0 ? one : other)).status).toBe(401);
    for (const refused of await Promise.all([guess(one), guess(other)])) {
      expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-attempts' } });
      expect(refused.headers.get('retry-after')).toBe('1');
    }
  });

  it('misses nothing that happened while it was cut off, and each request asks the database meanwhile', async () => {
    const bob = await one.user('bob');
    const eve = await one.user('eve');
    const [bobThere, eveThere] = [bob.at(other.url), eve.at(other.url)];
    for (const each of [bobThere, eveThere]) expect((await each.get('/api/session/check')).status).toBe(204);
    network.cut();
    const lost = await soon(
      () => bobThere.get('/api/session/check'),
      ({ status }) => status === 503,
      4000,
    );
    expect(lost.headers.get('retry-after')).not.toBeNull();
    expect(lost.body).toMatchObject({ code: 'unavailable' });
    await ada.send('PATCH', '/api/users/bob', { disabled: true });
    network.work();
    const back = await soon(
      () => eveThere.get('/api/session/check'),
      ({ status }) => status === 204,
      4000,
    );
    expect(back.status).toBe(204);
    expect((await bobThere.get('/api/session/check')).body).toMatchObject({ endReason: 'user-disabled' });
  });

  it('a database that says nothing is noticed within three seconds: 503, never a hang, and never a pass', async () => {
    const there = ada.at(other.url);
    expect((await there.get('/api/session/check')).status).toBe(204);
    network.blackhole();
    await soon(
      async () => other.portal.isCurrent(),
      (isCurrent) => !isCurrent,
      4000,
    );
    const startedAt = performance.now();
    const answer = await there.get('/api/session/check');
    expect(answer.status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(8000);
    network.work();
    await soon(
      () => there.get('/api/session/check'),
      ({ status }) => status === 204,
      8000,
    );
  });

  it('a slow database is slow, and nothing else', async () => {
    network.work(250);
    const there = ada.at(other.url);
    expect((await there.get('/api/session/check')).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(other.portal.isCurrent()).toBe(true);
    expect((await there.get('/api/session')).status).toBe(200);
  });
});
