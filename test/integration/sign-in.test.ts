import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
beforeEach(async () => {
  test = await startTestPortal();
});
afterEach(() => test.stop());

const setupToken = () => test.portal.setupUrl?.split('/').at(-1) ?? '';

describe('the first administrator', () => {
  it('is made once by fifty racing requests', async () => {
    const token = setupToken();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        test.browser().send('POST', '/api/setup', { token, username: `admin${index}`, password: PASSWORD }),
      ),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    const refused = new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code));
    // The password hashes queue up to a bound; beyond it the answer is to come again.
    expect([...refused].every((code) => code === 'invalid-setup-token' || code === 'overloaded')).toBe(true);
  });

  it('cannot be made with a token that is spent, older than an hour, or made up', async () => {
    const input = { username: 'ada', password: PASSWORD };
    const made = await test.browser().send('POST', '/api/setup', { ...input, token: 'made-up' });
    expect(made.body.code).toBe('invalid-setup-token');
    const token = setupToken();
    await test.clock.advance(60 * 60_000);
    expect((await test.browser().send('POST', '/api/setup', { ...input, token })).body.code).toBe(
      'invalid-setup-token',
    );
    await test.restart();
    const fresh = setupToken();
    expect(fresh).not.toBe(token);
    expect((await test.browser().send('POST', '/api/setup', { ...input, token: fresh })).status).toBe(201);
    const again = await test.browser().send('POST', '/api/setup', { ...input, username: 'eve', token: fresh });
    expect(again.body.code).toBe('invalid-setup-token');
  });

  it('is told what a username and a password must be like, and the link still works', async () => {
    const token = setupToken();
    const bad = await test.browser().send('POST', '/api/setup', { token, username: 'a:b', password: PASSWORD });
    expect(bad.body).toMatchObject({ code: 'invalid-request', field: 'username' });
    const short = await test.browser().send('POST', '/api/setup', { token, username: 'ada', password: 'short' });
    expect(short.body).toMatchObject({ code: 'invalid-request', field: 'password' });
    expect(
      (await test.browser().send('POST', '/api/setup', { token, username: 'ada', password: PASSWORD })).status,
    ).toBe(201);
  });
});

describe('signing in', () => {
  it('answers the same for a wrong password, an unknown account and a disabled one', async () => {
    await test.user('grace');
    const administrator = await test.administrator();
    await administrator.send('PATCH', '/api/users/grace', { disabled: true });
    const answers = [];
    for (const [username, password] of [
      ['ada', 'wrong password here'],
      ['nobody', PASSWORD],
      ['grace', PASSWORD],
      ['no:such', PASSWORD],
    ]) {
      const { status, body } = await test.browser().send('POST', '/api/session', { username, password });
      answers.push(`${status} ${body.code} ${body.detail}`);
    }
    expect(new Set(answers)).toEqual(new Set(['401 invalid-credentials The username or the password is wrong.']));
  });

  it('makes whoever guesses wait, longer and longer, without locking out a known device', async () => {
    const known = await test.administrator();
    const guess = () => test.browser().send('POST', '/api/session', { username: 'ada', password: 'guess guess guess' });
    for (let attempt = 0; attempt < 6; attempt++) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await test.clock.advance(1000);
    expect((await guess()).status).toBe(401);
    expect(Number((await guess()).headers.get('retry-after'))).toBe(2);
    // Even the right password waits, from a strange device on that network.
    expect((await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD })).status).toBe(
      429,
    );
    expect((await known.send('POST', '/api/session', { username: 'ada', password: PASSWORD })).status).toBe(201);
  });

  it('knows no device any more once the password is another one', async () => {
    const known = await test.administrator();
    const stolen = test.browser();
    await stolen.signIn('ada');
    const change = { currentPassword: PASSWORD, newPassword: 'a new one, and a long one' };
    expect((await known.send('PUT', '/api/session/password', change)).status).toBe(204);
    const again = (browser: TestBrowser, password: string) =>
      browser.send('POST', '/api/session', { username: 'ada', password });
    for (let attempt = 0; attempt < 6; attempt++) expect((await again(test.browser(), PASSWORD)).status).toBe(401);
    expect((await again(stolen, change.newPassword)).status).toBe(429);
  });

  it('remembers a browser until nobody signed in there for 180 days, and no bearer', async () => {
    const devices = () => {
      using database = new DatabaseSync(join(test.dataDir, 'data', 'curfew.sqlite'), { readOnly: true });
      return database.prepare('SELECT count(*) AS count FROM devices').get()?.['count'];
    };
    await test.administrator();
    expect(devices()).toBe(1);
    await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD, bearer: true });
    expect(devices()).toBe(1);
    const day = 24 * 60 * 60_000;
    await test.clock.jump(180 * day);
    expect(devices()).toBe(1);
    await vi.waitFor(async () => {
      await test.clock.advance(60_000);
      expect(devices()).toBe(0);
    });
  });

  it.each(['ada', 'nobody'])(
    'evaluates no more of fifty guesses for %s at once than one after another',
    async (username) => {
      const known = await test.administrator();
      const guess = () => test.browser().send('POST', '/api/session', { username, password: 'guess guess guess' });
      const answers = await Promise.all(Array.from({ length: 50 }, guess));
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(6);
      const refused = answers.filter(({ status }) => status !== 401);
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
      expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
      await known.signIn('ada');
    },
  );

  it('with the right password counts for nothing, also for bearers and many at once', async () => {
    await test.administrator();
    const body = { username: 'ada', password: PASSWORD, bearer: true };
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => test.browser().send('POST', '/api/session', body)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    }
  });

  it('records no username that is none, which may be a password', async () => {
    const administrator = await test.administrator();
    for (const username of ['hunter2-typed-in-the-wrong-field', 'Ada'])
      await test.browser().send('POST', '/api/session', { username, password: 'wrong password here' });
    const { body } = await administrator.get('/api/audit?search=sign-in.refused');
    expect(body.items).toMatchObject([
      { actor: 'ada', address: '127.0.0.1' },
      { actor: null, address: '127.0.0.1', sentence: expect.stringContaining('password is wrong') },
    ]);
    expect((await administrator.get('/api/audit?search=hunter2')).body.total).toBe(0);
    expect(test.logs()).not.toContain('hunter2');
  });

  it('gives a new token each time, and replaces the session of the same browser', async () => {
    const browser = await test.administrator();
    const [first, before] = [browser.cookies.get('__Host-curfew'), (await browser.get('/api/session')).body.session.id];
    await browser.signIn('ada');
    expect(browser.cookies.get('__Host-curfew')).not.toBe(first);
    const { body } = await browser.get('/api/sessions?state=ended');
    expect(body.items[0]).toMatchObject({ id: before, end: { reason: 'replaced' } });
  });

  it('ends the other sessions when the password changes', async () => {
    const [one, other] = [await test.administrator(), await test.administrator()];
    const wrong = await one.send('PUT', '/api/session/password', {
      currentPassword: 'x',
      newPassword: 'a new password here',
    });
    expect(wrong.body).toMatchObject({ code: 'invalid-credentials', field: 'currentPassword' });
    const changed = await one.send('PUT', '/api/session/password', {
      currentPassword: PASSWORD,
      newPassword: 'a new password here',
    });
    expect(changed.status).toBe(204);
    expect((await one.get('/api/session')).status).toBe(200);
    expect((await other.get('/api/session')).body).toMatchObject({ code: 'session-ended', endReason: 'revoked' });
    const old = await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD });
    expect(old.status).toBe(401);
  });

  it('gives a temporary API token that dies with the session', async () => {
    const browser = await test.administrator();
    const { body } = await browser.send('POST', '/api/session/api-token');
    // The page says "at the latest", and whoever goes on working reaches that.
    const own = (await browser.get('/api/session')).body;
    expect(body.endsAt).toBe(own.durationEndsAt);
    expect(Date.parse(body.endsAt)).toBeGreaterThan(Date.parse(own.endsAt));
    const stranger = test.browser();
    const bearer = { authorization: `Bearer ${body.token}` };
    expect((await stranger.get('/api/session', bearer)).status).toBe(200);
    expect((await stranger.get('/k8s/clusters/x/api', bearer)).status).toBe(401);
    await browser.send('DELETE', '/api/session');
    expect((await stranger.get('/api/session', bearer)).body.code).toBe('session-ended');
  });

  it('gives twenty temporary API tokens in one session, and a new session begins without any', async () => {
    const browser = await test.administrator();
    const ask = () => browser.send('POST', '/api/session/api-token');
    const answers = await Promise.all(Array.from({ length: 25 }, ask));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.find(({ status }) => status !== 201);
    expect([refused?.status, refused?.body.code]).toEqual([409, 'too-many-tokens']);
    expect(refused?.body.detail).toMatch(/20 tokens .* sign in again/);
    const first = answers.find(({ status }) => status === 201)?.body.token;
    expect((await test.browser().get('/api/session', { authorization: `Bearer ${first}` })).status).toBe(200);
    await browser.signIn('ada');
    expect((await ask()).status).toBe(201);
  });

  it('that fails too often has to wait, also after a restart', async () => {
    await test.administrator();
    const guess = () => test.browser().send('POST', '/api/session', { username: 'ada', password: 'a wrong guess' });
    for (let count = 0; count < 6; count++) expect((await guess()).status).toBe(401);
    await test.restart();
    expect(await guess()).toMatchObject({ status: 429, body: { code: 'too-many-attempts' } });
    await test.clock.advance(1000);
    expect((await guess()).status).toBe(401);
  });

  it('survives a restart', async () => {
    const browser = await test.administrator();
    const cookie = browser.cookieHeader;
    await test.restart();
    const again = test.browser();
    expect((await again.get('/api/session', { cookie })).status).toBe(200);
  });
});

describe('users', () => {
  it('lose their sessions when disabled, and the last administrator stays', async () => {
    const [grace, administrator] = [await test.user('grace'), await test.administrator()];
    expect((await administrator.send('PATCH', '/api/users/grace', { disabled: true })).body.disabled).toBe(true);
    expect((await grace.get('/api/session')).body).toMatchObject({ code: 'session-ended', endReason: 'user-disabled' });
    for (const change of [{ disabled: true }, { role: 'User' }, { readOnly: true }]) {
      expect((await administrator.send('PATCH', '/api/users/ada', change)).body.code).toBe('last-administrator');
    }
    expect((await administrator.send('DELETE', '/api/users/ada')).body.code).toBe('last-administrator');
    expect((await administrator.get('/api/session')).status).toBe(200);
  });

  it('keep their name for good', async () => {
    await test.user('grace');
    const administrator = await test.administrator();
    expect((await administrator.send('DELETE', '/api/users/grace')).status).toBe(204);
    const again = await administrator.send('POST', '/api/users', { username: 'Grace', password: PASSWORD });
    expect(again.body).toMatchObject({ code: 'conflict', field: 'username' });
  });
});
