import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { Answer, TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MINUTE_MS = 60_000;
let test: TestPortal;
let ada: TestBrowser;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  ada = await test.administrator();
});
afterAll(() => test.stop());

/** A command line that asks. */
async function ask(redirectPort?: number) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = hash('sha256', verifier, 'base64url');
  const body = { challenge, hostname: 'laptop', redirectPort };
  const asked = await test.browser().send('POST', '/api/login-requests', body);
  expect(asked.status).toBe(201);
  const take = (code?: string, other = verifier): Promise<Answer> =>
    test.browser().send('POST', '/api/login-requests/token', { verifier: other, code });
  return { verifier, challenge, userCode: asked.body.userCode as string, take };
}
const view = (named: object, browser = ada) => browser.send('POST', '/api/login-requests/view', named);
const decide = (named: object, approve = true, browser = ada) =>
  browser.send('POST', '/api/login-requests/decision', { ...named, approve });
const sessionOf = (token: string) => test.browser().get('/api/session', { authorization: `Bearer ${token}` });

describe('in a browser of the same machine', () => {
  it('gives a token once, to whoever has the verifier and the code', async () => {
    const { challenge, take } = await ask(40_000);
    expect((await view({ challenge })).body).toMatchObject({ hostname: 'laptop', fromSameNetwork: true });
    const { status, body } = await decide({ challenge });
    expect({ status, body }).toEqual({ status: 200, body: { redirectPort: 40_000, code: expect.any(String) } });
    // Who took the code on its way has no verifier, and does not spoil it.
    const stranger = randomBytes(32).toString('base64url');
    expect((await take(body.code, stranger)).body.code).toBe('login-request-over');
    const taken = await take(body.code);
    expect(taken).toMatchObject({ status: 201, body: { user: { username: 'ada' }, token: expect.any(String) } });
    expect((await sessionOf(taken.body.token)).status).toBe(200);
    expect((await take(body.code)).body.code).toBe('login-request-over');
    expect((await decide({ challenge })).body.code).toBe('login-request-over');
  });

  it('gives none for a wrong code or without one, and none for the right one after that', async () => {
    for (const wrong of [undefined, randomBytes(32).toString('base64url')]) {
      const { challenge, take } = await ask(40_000);
      const { body } = await decide({ challenge });
      expect((await take(wrong)).body.code).toBe('login-request-over');
      expect((await take(body.code)).body.code).toBe('login-request-over');
    }
  });

  it('gives none a minute after the consent, and takes no consent after ten minutes', async () => {
    ada = await test.administrator();
    const [late, never] = [await ask(40_000), await ask(40_000)];
    const { body } = await decide(late);
    await test.clock.advance(MINUTE_MS);
    expect((await late.take(body.code)).body.code).toBe('login-request-over');
    await test.clock.advance(9 * MINUTE_MS);
    ada = await test.administrator();
    expect((await decide({ challenge: never.challenge })).body.code).toBe('login-request-over');
    expect((await never.take()).body.code).toBe('login-request-over');
  });

  it('is decided about by one person, and shown to nobody after that', async () => {
    ada = await test.administrator();
    const eve = await test.user('eve');
    const { challenge, take } = await ask(40_000);
    const { body } = await decide({ challenge });
    expect((await view({ challenge }, eve)).body.code).toBe('login-request-over');
    for (const approve of [true, false])
      expect((await decide({ challenge }, approve, eve)).body.code).toBe('login-request-over');
    expect((await take(body.code)).body.user.username).toBe('ada');
  });

  it('is told that somebody refused', async () => {
    const { challenge, take } = await ask(40_000);
    expect((await decide({ challenge }, false)).body).toEqual({ redirectPort: 40_000, code: null });
    expect((await take()).body).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe('by a code that is typed', () => {
  it('gives a token to whoever asks again once somebody has agreed', async () => {
    ada = await test.administrator();
    const { userCode, take } = await ask();
    expect(userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect(await take()).toMatchObject({ status: 202, body: { pollAfterSeconds: 5 } });
    expect((await view({ userCode: ` ${userCode.toLowerCase().replace('-', ' ')}` })).body.hostname).toBe('laptop');
    expect((await decide({ userCode })).body).toEqual({ redirectPort: null, code: null });
    expect((await take()).status).toBe(201);
    expect((await take()).body.code).toBe('login-request-over');
  });

  it('tells whoever asks too often to wait longer', async () => {
    const { take } = await ask();
    expect((await take()).status).toBe(202);
    const refused = await take();
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-attempts' } });
    expect(refused.headers.get('retry-after')).toBe('10');
    await test.clock.advance(5000);
    expect((await take()).status).toBe(429);
    await test.clock.advance(10_000);
    expect((await take()).status).toBe(202);
  });

  it('is agreed to by the code alone: a link with the challenge shows nothing', async () => {
    const { challenge } = await ask();
    expect((await view({ challenge })).body.code).toBe('login-request-over');
    expect((await decide({ challenge })).body.code).toBe('login-request-over');
  });

  it('lets nobody guess', async () => {
    const grace = await test.user('grace');
    const codes: string[] = [];
    for (let guess = 0; guess < 7; guess++) codes.push((await view({ userCode: 'BBBB-BBBB' }, grace)).body.code);
    expect(codes).toEqual([...Array(6).fill('login-request-over'), 'too-many-attempts']);
    const { userCode } = await ask();
    expect((await decide({ userCode }, true, grace)).body.code).toBe('too-many-attempts');
  });
});

describe('the session of the command line', () => {
  it('is its own, and its time runs from when the person authenticated', async () => {
    ada = await test.administrator();
    const own = (await ada.get('/api/session')).body;
    await test.clock.advance(9 * MINUTE_MS);
    const { challenge, take } = await ask(40_000);
    const { body } = await decide({ challenge });
    const taken = (await take(body.code)).body;
    expect(taken.session.id).not.toBe(own.session.id);
    expect(taken.session.startedAt).toBe(own.session.startedAt);
    expect(taken.durationEndsAt).toBe(own.durationEndsAt);
    expect(taken.recentAuthenticationUntil).toBe(own.recentAuthenticationUntil);
    // It lives on without the browser.
    await ada.send('DELETE', '/api/session');
    expect((await sessionOf(taken.token)).status).toBe(200);
    const { items } = (await (await test.administrator()).get('/api/audit?search=laptop')).body;
    expect(items.map(({ event }: { event: string }) => event)).toContain('login.approved');
    expect(items[0]).toMatchObject({
      event: 'sign-in.accepted',
      sentence: 'ada signed in on the command line of laptop.',
    });
  });

  it('begins no Kubernetes time anew: once that is over, the consent needs the password', async () => {
    ada = await test.administrator();
    const path = '/api/clusters/nowhere/credential';
    expect((await ada.send('POST', path, {})).status).toBe(201);
    const { items } = (await ada.get('/api/sessions?state=live')).body;
    const { id } = items.find(
      ({ kind, current }: { kind: string; current: boolean }) => kind === 'kubernetes' && current,
    );
    const before = await ask(40_000);
    const { body } = await decide({ challenge: before.challenge });
    await ada.send('DELETE', `/api/sessions/${id}`);
    const { token } = (await before.take(body.code)).body;
    const asked = await test.browser().send('POST', path, {}, { authorization: `Bearer ${token}` });
    expect(asked).toMatchObject({ status: 401, body: { code: 'reauthentication-required' } });
    const { challenge } = await ask(40_000);
    expect((await decide({ challenge })).body.code).toBe('recent-authentication-required');
    await test.clock.advance(1);
    await ada.signIn('ada');
    expect((await decide({ challenge })).status).toBe(200);
  });

  it('needs a consent that is at most ten minutes from an authentication; refusing does not', async () => {
    ada = await test.administrator();
    await test.clock.advance(10 * MINUTE_MS);
    const { challenge } = await ask(40_000);
    expect((await decide({ challenge })).body.code).toBe('recent-authentication-required');
    await ada.signIn('ada');
    expect((await decide({ challenge })).status).toBe(200);
    await test.clock.advance(10 * MINUTE_MS);
    const other = await ask(40_000);
    expect((await decide({ challenge: other.challenge }, false)).status).toBe(200);
  });

  it('does not start once the session has ended in which somebody agreed, nor for somebody disabled', async () => {
    const alan = await test.user('alan');
    const ended = await ask();
    await decide({ userCode: ended.userCode }, true, alan);
    await alan.send('DELETE', '/api/session');
    expect((await ended.take()).body).toMatchObject({
      code: 'login-request-over',
      detail: expect.stringMatching(/has ended/),
    });
    await alan.signIn('alan');
    const disabled = await ask();
    await decide({ userCode: disabled.userCode }, true, alan);
    const administrator = await test.administrator();
    expect((await administrator.send('PATCH', '/api/users/alan', { disabled: true })).status).toBe(200);
    expect((await disabled.take()).body.code).toBe('login-request-over');
  });
});

describe('a consent', () => {
  it.each([
    ['POST', '/api/sessions/end-others', {}],
    ['PUT', '/api/session/password', { currentPassword: PASSWORD, newPassword: `${PASSWORD} anew` }],
  ] as const)('is withdrawn with all that is signed in elsewhere: %s %s', async (method, path, body) => {
    const phished = await test.user(`phished-${method.toLowerCase()}`);
    const { userCode, take } = await ask();
    expect((await decide({ userCode }, true, phished)).status).toBe(200);
    expect((await phished.send(method, path, body)).status).toBeLessThan(300);
    expect((await take()).body.code).toBe('login-request-over');
  });

  it('comes from a page of the portal only, and never by a token', async () => {
    ada = await test.administrator();
    const { challenge, userCode } = await ask(40_000);
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const body = { challenge, approve: true };
      expect((await ada.send('POST', '/api/login-requests/decision', body, headers)).body.code).toBe('origin-refused');
    }
    const bearer = await test
      .browser()
      .send('POST', '/api/session', { username: 'ada', password: PASSWORD, bearer: true });
    const headers = { authorization: `Bearer ${bearer.body.token}` };
    const refused = await test
      .browser()
      .send('POST', '/api/login-requests/decision', { challenge, approve: true }, headers);
    expect(refused.body.code).toBe('authentication-required');
    expect(userCode).toBeNull();
    const page = await fetch(`${test.url}/command-line/sign-in`);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
  });

  it('is a secret of nobody but the command line', async () => {
    const { challenge, verifier, take } = await ask(40_000);
    const { body } = await decide({ challenge });
    const { token } = (await take(body.code)).body;
    for (const secret of [verifier, body.code, token]) expect(test.logs()).not.toContain(secret);
  });
});

it.each([
  [{ hostname: 'laptop' }],
  [{ challenge: 'short', hostname: 'laptop' }],
  [{ challenge: 'x'.repeat(43), hostname: 'Your bank <b>' }],
  [{ challenge: 'x'.repeat(43), hostname: 'laptop', redirectPort: 0 }],
  [{ challenge: 'x'.repeat(43), hostname: 'laptop', redirectPort: '127.0.0.1@evil.example' }],
])('refuses %j', async (body) => {
  expect(await test.browser().send('POST', '/api/login-requests', body)).toMatchObject({
    status: 400,
    body: { code: 'invalid-request' },
  });
});

it('keeps so many that wait for strangers, and no more', async () => {
  const statuses = new Set<number>();
  for (let count = 0; count <= 100; count++) {
    const body = { challenge: randomBytes(32).toString('base64url'), hostname: 'laptop' };
    statuses.add((await test.browser().send('POST', '/api/login-requests', body)).status);
  }
  expect([...statuses]).toEqual([201, 429]);
  await test.clock.advance(10 * MINUTE_MS);
  expect((await ask()).userCode).toBeTruthy();
});
