import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../support/curfew-process.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MINUTE_MS = 60_000;
const API = '/k8s/clusters/nowhere/api/v1/namespaces/default';
const AS_SOMEBODY = { 'impersonate-user': 'system:admin' };

let test: TestPortal;
let administrator: TestBrowser;

beforeEach(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  administrator = await test.administrator();
});
afterEach(() => test.stop());

interface Entry {
  readonly actor: string | null;
  readonly subject: string | null;
  readonly address: string | null;
  readonly sentence: string;
}

/** The newest first. */
async function recorded(event: string): Promise<Entry[]> {
  const { body } = await administrator.get(`/api/audit?pageSize=200&search=${event}`);
  return body.items;
}

async function counted(code: string, metric = 'curfew_gateway_refusals_total'): Promise<number> {
  const { body } = await administrator.get('/metrics');
  return Number(new RegExp(`^${metric}\\{code="${code}"\\} (\\d+)`, 'm').exec(body)?.[1] ?? 0);
}

async function flood(times: number, ask: () => Promise<{ status: number }>): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let left = times; left > 0; left -= 50) {
    const answers = await Promise.all(Array.from({ length: Math.min(50, left) }, ask));
    for (const { status } of answers) statuses.add(status);
  }
  return statuses;
}

async function granted(username: string, options: { readOnly?: boolean } = {}): Promise<TestBrowser> {
  const browser = await test.user(username, options);
  const grant = `/api/clusters/nowhere/grants/user/${username}`;
  expect((await administrator.send('PUT', grant)).status).toBe(204);
  return browser;
}

describe('a refusal at the gateway is recorded and counted', () => {
  it('of whoever acts as somebody else', async () => {
    expect((await administrator.get(`${API}/pods`, AS_SOMEBODY)).status).toBe(403);
    expect(await recorded('gateway.refused')).toMatchObject([
      { actor: 'ada', subject: 'nowhere', sentence: expect.stringMatching(/^ada was refused at nowhere: .*--as/) },
    ]);
    expect(await counted('forbidden')).toBe(1);
  });

  it('of whoever was not granted the cluster, and under no name that is made up', async () => {
    const grace = await test.user('grace');
    expect((await grace.get(`${API}/pods`)).status).toBe(403);
    expect((await grace.get('/k8s/clusters/made-up/version')).status).toBe(403);
    expect((await recorded('gateway.refused')).map(({ actor, subject }) => [actor, subject])).toEqual([
      ['grace', null],
      ['grace', 'nowhere'],
    ]);
    expect(await counted('forbidden')).toBe(2);
  });

  it('of read-only users who write', async () => {
    const reader = await granted('reader', { readOnly: true });
    expect((await reader.send('DELETE', `${API}/pods/web`)).status).toBe(403);
    expect((await reader.get(`${API}/pods/web/exec?command=sh`)).status).toBe(403);
    expect(await recorded('gateway.refused')).toMatchObject([
      { actor: 'reader', sentence: expect.stringContaining('read-only') },
    ]);
    expect(await counted('forbidden')).toBe(2);
  });

  it('of a cookie where a pod would answer, also of a mere link', async () => {
    const path = `${API}/pods/web/proxy/`;
    expect((await administrator.get(path)).status).toBe(401);
    const link = { 'sec-fetch-site': 'cross-site', 'curfew-request': '0', origin: 'null' };
    expect((await administrator.get(path, link)).status).toBe(401);
    expect(await recorded('gateway.refused')).toMatchObject([
      { actor: 'ada', subject: 'nowhere', sentence: expect.stringContaining('a cookie does not count') },
    ]);
    expect(await counted('authentication-required')).toBe(2);
    expect((await administrator.get('/api/sessions?state=all')).body.items).toHaveLength(1);
  });

  it('of whoever comes with an ended session: a token, and the cookie of a portal session that lives', async () => {
    const setting = { type: 'AppConfig', value: '5' };
    await administrator.send('PUT', '/api/system-config/MaximumK8sSessionDuration', setting);
    const { body } = await administrator.send('POST', '/api/clusters/nowhere/kubeconfig');
    const authorization = `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`;
    await test.clock.advance(5 * MINUTE_MS);
    expect((await test.browser().get(`${API}/pods`, { authorization })).status).toBe(401);
    expect((await administrator.get(`${API}/pods`)).status).toBe(401);
    expect(await recorded('gateway.refused')).toMatchObject(
      ['Sign in again to open a new one', 'Sign in again'].map((words) => ({
        ...{ actor: 'ada', subject: 'nowhere', sentence: expect.stringContaining(words) },
      })),
    );
    expect([await counted('session-ended'), await counted('reauthentication-required')]).toEqual([1, 1]);
  });

  it('of whoever has as many requests under way as are allowed', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await test.stop();
    test = await startTestPortal({ kubeconfig: unreachableKubeconfig(`http://127.0.0.1:${port}`) });
    administrator = await test.administrator();
    const waiting = Array.from({ length: 200 }, () => administrator.get(`${API}/pods`));
    await until(() => test.portal.sessions.pool.countStreams().request === 200, '200 requests');
    expect((await administrator.get(`${API}/pods`)).status).toBe(429);
    expect(await recorded('gateway.refused')).toMatchObject([
      { actor: 'ada', subject: 'nowhere', sentence: expect.stringContaining('at most 200') },
    ]);
    expect(await counted('quota-exceeded')).toBe(1);
    silent.close();
    silent.closeAllConnections();
    await Promise.all(waiting);
  });

  it('of a token that is for another cluster, and not of strangers, who are counted', async () => {
    const { body } = await administrator.send('POST', '/api/clusters/nowhere/kubeconfig');
    const authorization = `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`;
    expect((await test.browser().get('/k8s/clusters/elsewhere/version', { authorization })).status).toBe(401);
    expect((await test.browser().get('/k8s/clusters/elsewhere/version')).status).toBe(401);
    expect(await recorded('gateway.refused')).toMatchObject([{ actor: 'ada', subject: 'elsewhere' }]);
    expect(await counted('authentication-required')).toBe(2);
  });
});

it('a 401 at the gateway says for programs how the session ended, to a token and to a cookie', async () => {
  const setting = { type: 'AppConfig', value: '5' };
  await administrator.send('PUT', '/api/system-config/MaximumK8sSessionDuration', setting);
  const { body } = await administrator.send('POST', '/api/clusters/nowhere/kubeconfig');
  const authorization = `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`;
  await test.clock.advance(5 * MINUTE_MS);
  const causes = [
    { reason: 'endReason', message: 'max-duration' },
    { reason: 'limitKey', message: 'MaximumK8sSessionDuration' },
    { reason: 'limitMinutes', message: '5' },
    { reason: 'limitScope', message: 'system' },
    { reason: 'endedAt', message: body.endsAt },
  ];
  for (const answer of [await test.browser().get(API, { authorization }), await administrator.get(API)]) {
    expect([answer.status, answer.body.details]).toEqual([401, { causes }]);
  }
});

describe('what another site does in the browser of somebody who is signed in', () => {
  const FORGED = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

  it('is recorded with whose session it was, which is neither used nor ended', async () => {
    const forged = { cookie: administrator.cookieHeader, ...FORGED };
    for (const [method, path] of [
      ['POST', '/api/users'],
      ['POST', '/api/session'],
      ['DELETE', '/api/session'],
    ] as const) {
      const answer = await test.browser().send(method, path, { username: 'x', password: 'y' }, forged);
      expect(answer.body.code).toBe('origin-refused');
    }
    const rows = await recorded('access.refused');
    expect(rows.map(({ actor, subject }) => [actor, subject])).toEqual([
      ['ada', 'DELETE /api/session'],
      ['ada', 'POST /api/session'],
      ['ada', 'POST /api/users'],
    ]);
    expect((await administrator.get('/api/session')).status).toBe(200);
  });

  it('is recorded at the gateway and at a terminal too', async () => {
    expect((await administrator.get(`${API}/pods`, FORGED)).status).toBe(403);
    expect(await recorded('gateway.refused')).toMatchObject([{ actor: 'ada', subject: 'nowhere' }]);
    const terminal = new WebSocket(`${test.url.replace('http', 'ws')}/api/shells/some/terminal`, {
      headers: { cookie: administrator.cookieHeader, origin: 'https://evil.example' },
    });
    await new Promise((resolve) => terminal.once('error', resolve));
    expect(await recorded('access.refused')).toMatchObject([{ actor: 'ada', subject: 'GET a terminal' }]);
  });

  it('is of nobody where nobody is signed in', async () => {
    await test.browser().send('POST', '/api/session', { username: 'ada', password: 'y' }, FORGED);
    const made = { ...FORGED, cookie: '__Host-curfew=made-up' };
    await test.browser().send('POST', '/api/users', {}, made);
    expect(await recorded('access.refused')).toEqual([]);
  });
});

describe('a flood of 500 is a handful of entries', () => {
  it('of requests as somebody else', async () => {
    expect(await flood(500, () => administrator.get(`${API}/pods`, AS_SOMEBODY))).toEqual(new Set([403]));
    expect(await recorded('gateway.refused')).toHaveLength(1);
    await test.clock.advance(MINUTE_MS);
    const rows = await recorded('gateway.refused');
    expect(rows).toHaveLength(2);
    expect(rows[0]?.sentence).toMatch(/The same 499 times more within a minute\.$/);
    expect(await counted('forbidden')).toBe(500);
  });

  it('of credentials that would last', async () => {
    const path = '/k8s/clusters/nowhere/apis/certificates.k8s.io/v1/certificatesigningrequests';
    expect(await flood(500, () => administrator.send('POST', path, {}))).toEqual(new Set([403]));
    await test.clock.advance(MINUTE_MS);
    expect(await recorded('credential.requested')).toHaveLength(2);
    expect(await counted('forbidden')).toBe(500);
  });

  it('of an ended token, which is in the record once, however long something asks with it', async () => {
    await administrator.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '5' });
    const { body } = await administrator.send('POST', '/api/clusters/nowhere/kubeconfig');
    const authorization = `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`;
    await test.clock.advance(5 * MINUTE_MS);
    for (let minute = 0; minute < 3; minute++) {
      expect(await flood(50, () => test.browser().get(`${API}/pods`, { authorization }))).toEqual(new Set([401]));
      await test.clock.advance(MINUTE_MS);
    }
    expect(await recorded('gateway.refused')).toHaveLength(1);
    expect(await counted('session-ended')).toBe(150);
  });

  it('of requests to the API', async () => {
    const grace = await test.user('grace');
    expect(await flood(500, () => grace.get('/api/users'))).toEqual(new Set([403]));
    await test.clock.advance(MINUTE_MS);
    expect(await recorded('access.refused')).toHaveLength(2);
    expect(await counted('forbidden', 'curfew_refusals_total')).toBe(500);
  });

  it('of sign-ins, and what is summed is written when the portal stops', async () => {
    const guess = () => test.browser().send('POST', '/api/session', { username: 'ada', password: 'guess guess guess' });
    const statuses = await flood(500, guess);
    expect(statuses.has(429)).toBe(true);
    await test.restart();
    // A restart forgets no guess: ada has to wait, too.
    await test.clock.advance(15 * 60_000);
    administrator = await test.administrator();
    const rows = await recorded('sign-in.refused');
    expect(rows.length).toBeLessThanOrEqual(4);
    expect(rows.map(({ actor }) => actor)).toContain('ada');
    expect(rows.filter(({ sentence }) => sentence.includes('times more within a minute'))).toHaveLength(2);
  });
});
