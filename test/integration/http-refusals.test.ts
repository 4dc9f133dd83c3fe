import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

/** What anybody may call. A new endpoint that is not named here must refuse strangers. */
const PUBLIC = new Set([
  ...['POST /api/setup', 'POST /api/session', 'POST /api/login-requests', 'POST /api/login-requests/token'],
  ...['GET /healthz', 'GET /readyz', 'GET /metrics'],
]);
/** What only somebody in a browser may call. */
const FOR_BROWSERS = /login-requests|hand-over|api\/dashboards|\/entry$/;
/** What every user may call; everything else is for administrators. */
const FOR_USERS =
  /^\w+ \/api\/(session|sessions|clusters|shells|dashboards|login-requests)(?!.*(?:grants|limits))|^GET \/api\/upstream-dashboards$|\/entry$/;

/** What needs somebody who has just signed in. */
const RECENT =
  /^(POST|PATCH|DELETE) \/api\/users|^\w+ \/api\/upstream-dashboards\/\{id\}$|^POST \/api\/upstream-dashboards$|^PUT .*grants|^DELETE .*grants|^POST \/api\/(session\/api-token|clusters\/\{cluster\}\/kubeconfig)/;

let test: TestPortal;
let administrator: TestBrowser;
let endpoints: { name: string; method: string; path: string }[];

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  administrator = await test.administrator();
  const { body } = await administrator.get('/api/openapi.json');
  endpoints = described(body).map(({ path, ...each }) => ({ ...each, path: path.replaceAll(/\{[^}]+\}/g, 'x') }));
});
afterAll(() => test.stop());

function described(document: { paths: Record<string, Record<string, unknown>> }): typeof endpoints {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
    })),
  );
}

const guarded = () => endpoints.filter(({ name }) => !PUBLIC.has(name));
const refusalsOf = async (
  browser: TestBrowser,
  which: typeof endpoints,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> => {
  const answers: Record<string, string> = {};
  for (const { name, method, path } of which) {
    const answer = await browser.send(method, path, method === 'GET' ? undefined : {}, headers);
    answers[name] = `${answer.status} ${answer.body?.code}`;
  }
  return answers;
};
const all = (which: typeof endpoints, refusal: string) => Object.fromEntries(which.map(({ name }) => [name, refusal]));

describe('every endpoint', () => {
  it('is in the description', () => {
    expect(endpoints.length).toBeGreaterThan(25);
  });

  it('is described with what authenticates it, and with the problems that it answers', async () => {
    const { body } = await administrator.get('/api/openapi.json');
    expect(body.components.securitySchemes).toMatchObject({
      cookie: { type: 'apiKey', in: 'cookie', name: '__Host-curfew' },
      bearer: { type: 'http', scheme: 'bearer' },
    });
    expect(body.components.schemas.Problem.required).toContain('code');
    for (const { name, method, path } of described(body)) {
      const operation = body.paths[path][method.toLowerCase()];
      const either = [{ cookie: [] }, ...(FOR_BROWSERS.test(name) ? [] : [{ bearer: [] }])];
      expect([name, operation.security]).toEqual([name, PUBLIC.has(name) ? [] : either]);
      expect([name, operation.responses.default?.content]).toEqual([
        name,
        { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      ]);
    }
  });

  it('refuses strangers', async () => {
    expect(await refusalsOf(test.browser(), guarded())).toEqual(all(guarded(), '401 authentication-required'));
  });

  it('refuses a tampered cookie', async () => {
    const browser = test.browser();
    const cookie = administrator.cookies.get('__Host-curfew') ?? '';
    browser.cookies.set('__Host-curfew', `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`);
    expect(await refusalsOf(browser, guarded())).toEqual(all(guarded(), '401 authentication-required'));
  });

  it('refuses an ended session, with the reason', async () => {
    const browser = await test.administrator();
    const stolen = test.browser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    await browser.send('DELETE', '/api/session');
    expect(await refusalsOf(stolen, guarded())).toEqual(all(guarded(), '401 session-ended'));
    const { body } = await stolen.get('/api/session');
    expect(body).toMatchObject({ code: 'session-ended', endReason: 'signed-out', limit: null });
  });

  it('refuses a bad bearer token, whatever the cookie says', async () => {
    const refusals = await refusalsOf(administrator, guarded(), { authorization: 'Bearer nonsense' });
    expect(refusals).toEqual(all(guarded(), '401 authentication-required'));
  });

  it('refuses users where administrators are asked for', async () => {
    const user = await test.user('grace');
    const forAdministrators = guarded().filter(({ name }) => !FOR_USERS.test(name));
    expect(forAdministrators.length).toBeGreaterThan(10);
    expect(await refusalsOf(user, forAdministrators)).toEqual(all(forAdministrators, '403 forbidden'));
  });

  it('refuses changes by read-only administrators', async () => {
    const auditor = await test.user('auditor', { role: 'Administrator', readOnly: true });
    const changes = guarded().filter(({ name, method }) => !FOR_USERS.test(name) && method !== 'GET');
    expect(await refusalsOf(auditor, changes)).toEqual(all(changes, '403 forbidden'));
    expect((await auditor.get('/api/system-config')).status).toBe(200);
  });

  it('refuses a cookie from another site, except for forward authentication', async () => {
    const asked = guarded().filter(({ name }) => name !== 'GET /api/session/check');
    for (const headers of [
      { origin: 'http://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await administrator.get('/api/session/check', headers)).status).toBe(204);
      expect(await refusalsOf(administrator, asked, headers)).toEqual(all(asked, '403 origin-refused'));
    }
  });
});

describe('a permanent API token', () => {
  it('does all that needs nobody who has just signed in, and nothing once it has ended', async () => {
    await test.user('robot', { role: 'Administrator' });
    const { body: made } = await administrator.send('POST', '/api/users/robot/tokens', { name: 'ci', days: 1 });
    const bearer = { authorization: `Bearer ${made.token}` };
    const recent = guarded().filter(({ name }) => RECENT.test(name));
    expect(await refusalsOf(test.browser(), recent, bearer)).toEqual(all(recent, '403 forbidden'));
    // Refused for what was asked with it, not for the token; the last one ends it.
    const ends = /^DELETE \/api\/session$/;
    const others = guarded().filter(({ name }) => !RECENT.test(name) && !FOR_BROWSERS.test(name));
    const [last, asked] = [others.filter(({ name }) => ends.test(name)), others.filter(({ name }) => !ends.test(name))];
    const answers = await refusalsOf(
      test.browser(),
      asked.filter(({ name }) => !name.endsWith('/events')),
      bearer,
    );
    expect(Object.values(answers).filter((answer) => answer.startsWith('401'))).toEqual([]);
    expect(await refusalsOf(test.browser(), last, bearer)).toEqual(all(last, '204 undefined'));
    const all401 = guarded().filter(({ name }) => !FOR_BROWSERS.test(name));
    expect(await refusalsOf(test.browser(), all401, bearer)).toEqual(all(all401, '401 session-ended'));
    expect((await test.browser().get('/k8s/clusters/nowhere/api', bearer)).body.code).toBe(401);
  });
});

describe('a Kubernetes token', () => {
  it('is refused by the portal, at another cluster, and once its session has ended', async () => {
    const browser = await test.administrator();
    const { body } = await browser.send('POST', '/api/clusters/nowhere/kubeconfig');
    const token = /token: (\S+)/.exec(body.kubeconfig)?.[1] ?? '';
    const bearer = { authorization: `Bearer ${token}` };
    expect(await refusalsOf(test.browser(), guarded(), bearer)).toEqual(all(guarded(), '401 authentication-required'));
    const codeAt = async (cluster: string) =>
      (await test.browser().get(`/k8s/clusters/${cluster}/api`, bearer)).body.code;
    // Authenticated, and then nothing answers there.
    expect(await codeAt('nowhere')).toBe(503);
    expect(await codeAt('elsewhere')).toBe(401);
    await browser.send('DELETE', '/api/session');
    const { body: ended } = await test.browser().get('/k8s/clusters/nowhere/api', bearer);
    expect(ended).toMatchObject({ kind: 'Status', code: 401, message: expect.stringContaining('ended at') });
  });

  it('is one of fifty of a session', async () => {
    const browser = await test.administrator();
    const statuses: number[] = [];
    for (let count = 0; count < 51; count++)
      statuses.push((await browser.send('POST', '/api/clusters/elsewhere/kubeconfig')).status);
    expect(statuses).toEqual([...Array(50).fill(201), 409]);
    expect((await browser.send('POST', '/api/clusters/nowhere/kubeconfig')).status).toBe(201);
  });

  it('is what a portal token is not', async () => {
    const { body } = await test
      .browser()
      .send('POST', '/api/session', { username: 'ada', password: PASSWORD, bearer: true });
    const bearer = { authorization: `Bearer ${body.token}` };
    expect((await test.browser().get('/k8s/clusters/nowhere/api', bearer)).body).toMatchObject({
      kind: 'Status',
      code: 401,
    });
  });
});

describe('ownership', () => {
  it('hides the sessions of others and refuses to end them', async () => {
    const [grace, alan] = [await test.user('grace2'), await test.user('alan')];
    const own = await alan.get('/api/sessions');
    const id: string = own.body.items[0].id;
    expect((await grace.send('DELETE', `/api/sessions/${id}`)).body.code).toBe('not-found');
    expect((await grace.get('/api/sessions?scope=all')).body.code).toBe('forbidden');
    const visible = await grace.get('/api/sessions?state=all');
    expect(visible.body.items.every(({ username }: { username: string }) => username === 'grace2')).toBe(true);
    expect((await grace.get('/api/sessions?scope=all&user=alan')).body.code).toBe('forbidden');
    expect((await grace.get('/api/sessions?user=alan')).body.items).toEqual(
      visible.body.items.filter(({ end }: { end: object | null }) => end === null),
    );
    const named = (await administrator.get('/api/sessions?scope=all&user=ALAN')).body.items;
    expect(named.map((session: { id: string }) => session.id)).toEqual([id]);
    expect((await administrator.get('/api/sessions?scope=all&user=nobody')).body.code).toBe('not-found');
    expect((await administrator.send('DELETE', `/api/sessions/${id}`)).status).toBe(204);
    expect((await alan.get('/api/session')).body).toMatchObject({ code: 'session-ended', endReason: 'revoked' });
  });

  it('asks for a recent authentication where tokens, users or clusters change', async () => {
    const browser = await test.administrator();
    await test.clock.advance(10 * 60_000);
    for (const [method, path] of [
      ['POST', '/api/session/api-token'],
      ['POST', '/api/users'],
      ['DELETE', '/api/users/x'],
      ['POST', '/api/users/x/tokens'],
      ['DELETE', '/api/users/x/tokens/x'],
      ['POST', '/api/clusters/x/kubeconfig'],
      ['PUT', '/api/clusters/x/grants/role/User'],
      ['POST', '/api/tenants'],
      ['DELETE', '/api/tenants/x'],
      ['PUT', '/api/tenants/x/access/ada'],
      ['DELETE', '/api/tenants/x/access/ada'],
    ] as const) {
      expect({ path, ...(await browser.send(method, path, {})).body }).toMatchObject({
        path,
        code: 'recent-authentication-required',
      });
    }
    await browser.signIn('ada');
    expect((await browser.send('POST', '/api/session/api-token')).status).toBe(201);
  });
});

describe('exposure', () => {
  it('answers under no other host name', async () => {
    const { port } = new URL(test.url);
    const status = await new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/api/session', headers: { host: 'attacker.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('cannot be framed, and keeps answers out of caches', async () => {
    const { headers } = await administrator.get('/api/session');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('writes no secret to the log and none to the database', async () => {
    const bearer = await test
      .browser()
      .send('POST', '/api/session', { username: 'ada', password: PASSWORD, bearer: true });
    const secrets = [PASSWORD, bearer.body.token, administrator.cookies.get('__Host-curfew') ?? ''];
    const folder = join(test.dataDir, 'data');
    const files = readdirSync(folder).filter((name) => name.startsWith('curfew.sqlite'));
    const stored = Buffer.concat(files.map((name) => readFileSync(join(folder, name)))).toString('latin1');
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(test.logs()).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
    expect(stored).toContain(hash('sha256', bearer.body.token));
  });
});
