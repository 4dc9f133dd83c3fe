import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/core/clock.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MINUTE_MS = 60_000;

let test: TestPortal;
let ada: TestBrowser;
beforeEach(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  ada = await test.administrator();
});
afterEach(() => test.stop());

const make = (username: string, body: object = {}) =>
  ada.send('POST', `/api/users/${username}/tokens`, { name: 'ci', days: 30, kubernetes: true, ...body });
const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = (token: string, method: string, path: string, body?: unknown) =>
  test.browser().send(method, path, body, withToken(token));

describe('a permanent API token', () => {
  it('is made by an administrator, shown once, and lives until it expires', async () => {
    const grace = await test.user('grace');
    const { status, body } = await make('grace');
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'ci', kubernetes: true, lastUsedAt: null });
    expect(Date.parse(body.expiresAt)).toBe(test.clock.now() + 30 * DAY_MS);
    const { token, ...view } = body;
    expect((await ada.get('/api/users/grace/tokens')).body).toEqual({ items: [view] });
    expect((await grace.get('/api/session/tokens')).body).toEqual({ items: [view] });
    expect((await ada.get('/api/session/tokens')).body).toEqual({ items: [] });

    await test.clock.jump(20 * DAY_MS);
    const own = await ask(token, 'GET', '/api/session');
    expect(own.body).toMatchObject({
      user: { username: 'grace' },
      endsAt: view.expiresAt,
      durationEndsAt: view.expiresAt,
      limits: { duration: null, inactivity: null },
      endsBy: { reason: 'max-duration', key: null },
      recentAuthenticationUntil: view.madeAt,
    });
    expect((await ask(token, 'GET', '/api/session/check')).status).toBe(204);
    await ada.signIn('ada');
    const [listed] = (await ada.get('/api/users/grace/tokens')).body.items;
    expect(Date.parse(listed.lastUsedAt)).toBe(test.clock.now());
    const sessions = await ada.get('/api/sessions?scope=all&kind=api-token');
    expect(sessions.body.items).toMatchObject([{ kind: 'api-token', tokenName: 'ci', username: 'grace' }]);

    await test.clock.jump(10 * DAY_MS);
    const after = await ask(token, 'GET', '/api/session');
    expect(after.body).toMatchObject({ status: 401, code: 'session-ended', endReason: 'max-duration', limit: null });
    expect(after.body.detail).toContain('Ask an administrator for a new one.');
    expect(test.logs()).not.toContain(token);
  });

  it('is refused where what is asked for is not allowed', async () => {
    await test.user('grace');
    const codeOf = async (username: string, body: object) => (await make(username, body)).body.code;
    expect(await codeOf('grace', { days: 366 })).toBe('invalid-request');
    expect(await codeOf('grace', { days: 0 })).toBe('invalid-request');
    expect(await codeOf('grace', { name: 'x'.repeat(65) })).toBe('invalid-request');
    expect(await codeOf('nobody', {})).toBe('not-found');
    expect(await codeOf('grace', {})).toBeUndefined();
    expect(await codeOf('grace', {})).toBe('conflict');
    await ada.send('PATCH', '/api/users/grace', { disabled: true });
    expect(await codeOf('grace', { name: 'other' })).toBe('conflict');
  });

  it('is made by no token: neither by one that was handed to a program, nor by another permanent one', async () => {
    const { body: temporary } = await ada.send('POST', '/api/session/api-token');
    const { body: permanent } = await make('ada');
    const terms = { name: 'more', days: 365, kubernetes: true };
    const made = (token: string) => ask(token, 'POST', '/api/users/ada/tokens', terms);
    expect((await ask(temporary.token, 'GET', '/api/users/ada/tokens')).status).toBe(200);
    expect((await made(temporary.token)).body).toMatchObject({
      status: 403,
      detail: expect.stringContaining('temporary API token'),
    });
    const eve = { username: 'eve', password: 'a password of many words', role: 'Administrator' };
    expect((await ask(temporary.token, 'POST', '/api/users', eve)).status).toBe(403);
    expect((await ask(temporary.token, 'PATCH', '/api/users/ada', { password: eve.password })).status).toBe(403);
    await ada.send('DELETE', '/api/session');
    expect((await made(temporary.token)).status).toBe(401);
    await ada.signIn('ada');
    expect((await made(permanent.token)).body).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('ends with the password of its user, also where that was changed with it', async () => {
    await test.user('grace');
    const { token } = (await make('grace')).body;
    const passwords = { currentPassword: PASSWORD, newPassword: 'another good password' };
    expect((await ask(token, 'PUT', '/api/session/password', passwords)).status).toBe(204);
    expect((await ask(token, 'GET', '/api/session')).body).toMatchObject({ endReason: 'revoked' });
  });

  it('ends at once when it is revoked, with what was opened with it', async () => {
    const grace = await test.user('grace');
    await ada.send('PUT', '/api/clusters/nowhere/grants/user/grace', {});
    const [one, two] = [(await make('grace')).body, (await make('grace', { name: 'two' })).body];
    const { body: credential } = await ask(one.token, 'POST', '/api/clusters/nowhere/credential');
    const gateway = () => ask(credential.token, 'GET', '/k8s/clusters/nowhere/api');
    // Authenticated, and then nothing answers there.
    expect((await gateway()).body.code).toBe(503);
    expect((await ada.send('DELETE', `/api/users/ada/tokens/${one.id}`)).body.code).toBe('not-found');
    expect((await ada.send('DELETE', `/api/users/grace/tokens/${one.id}`)).status).toBe(204);
    expect((await gateway()).body.code).toBe(401);
    expect((await ask(one.token, 'GET', '/api/session')).body).toMatchObject({ endReason: 'revoked' });
    // A user revokes the own ones as sessions, and nobody else's.
    const alan = await test.user('alan');
    expect((await alan.send('DELETE', `/api/sessions/${two.id}`)).body.code).toBe('not-found');
    expect((await grace.send('DELETE', `/api/sessions/${two.id}`)).status).toBe(204);
    expect((await ask(two.token, 'GET', '/api/session')).body.code).toBe('session-ended');
    const { items } = (await ada.get('/api/audit?search=API+token')).body;
    const sentences = items.map(({ sentence }: { sentence: string }) => sentence).join('\n');
    expect(sentences).toContain('ada made the API token “ci” for grace, until ');
    expect(sentences).toContain('API token “ci” of grace ended: revoked, it was ended by a person (by ada).');
    expect(sentences).not.toContain(one.token);
  });

  it('opens one Kubernetes session after the other, if it was made with that', async () => {
    const { token } = (await make('ada')).body;
    const { token: without } = (await make('ada', { name: 'without', kubernetes: false })).body;
    const path = '/api/clusters/nowhere/credential';
    expect((await ask(without, 'POST', path)).body).toMatchObject({ code: 'forbidden' });
    const first = (await ask(token, 'POST', path)).body;
    expect((await ask(token, 'POST', path)).body.sessionId).toBe(first.sessionId);
    await test.clock.advance(61 * MINUTE_MS);
    expect((await ask(first.token, 'GET', '/k8s/clusters/nowhere/api')).body.code).toBe(401);
    const second = (await ask(token, 'POST', path)).body;
    expect(second.sessionId).not.toBe(first.sessionId);
    expect((await ask(second.token, 'GET', '/k8s/clusters/nowhere/api')).body.code).toBe(503);
    expect((await ask(token, 'GET', '/k8s/clusters/nowhere/api')).body.code).toBe(401);
  });

  it('of a read-only administrator only reads', async () => {
    await test.user('auditor', { role: 'Administrator', readOnly: true });
    const { token } = (await make('auditor')).body;
    expect((await ask(token, 'GET', '/api/system-config')).status).toBe(200);
    const setting = { type: 'AppConfig', value: '5' };
    expect((await ask(token, 'PUT', '/api/system-config/SessionExpiryWarning', setting)).body.code).toBe('forbidden');
  });

  it.each([
    ['a new role', { role: 'Administrator' }, 'revoked'],
    ['a new password', { password: 'another long password' }, 'revoked'],
    ['disabling', { disabled: true }, 'user-disabled'],
  ])('ends with %s of its user', async (_what, change, reason) => {
    await test.user('grace');
    const { token } = (await make('grace')).body;
    expect((await ada.send('PATCH', '/api/users/grace', change)).status).toBe(200);
    expect((await ask(token, 'GET', '/api/session')).body).toMatchObject({ code: 'session-ended', endReason: reason });
    if (reason === 'user-disabled') await ada.send('PATCH', '/api/users/grace', { disabled: false });
    expect((await ask(token, 'GET', '/api/session')).body.code).toBe('session-ended');
  });

  it('stays when its user ends the other sessions, and ends with a password that the user changes', async () => {
    const grace = await test.user('grace');
    const { token } = (await make('grace')).body;
    await grace.send('POST', '/api/sessions/end-others');
    expect((await ask(token, 'GET', '/api/session')).status).toBe(200);
    const passwords = { currentPassword: 'correct horse battery staple', newPassword: 'another long password' };
    expect((await grace.send('PUT', '/api/session/password', passwords)).status).toBe(204);
    expect((await ask(token, 'GET', '/api/session')).body.code).toBe('session-ended');
  });

  it('is told of in pages before it expires, to its user and to administrators, unless that is off', async () => {
    const [grace, alan] = [await test.user('grace'), await test.user('alan')];
    await make('grace', { days: 14 });
    await make('ada', { days: 15 });
    const told = async (browser: TestBrowser) => {
      const { body } = await browser.get('/api/session/token-notices');
      return body.items.map(({ username, name }: { username: string; name: string }) => `${username} ${name}`);
    };
    expect([await told(ada), await told(grace), await told(alan)]).toEqual([['grace ci'], ['grace ci'], []]);
    const set = (value: string, type = 'AppConfig') =>
      ada.send('PUT', '/api/system-config/EnableUserTokenExpirationNotification', { type, value });
    expect((await set('366')).body.detail).toContain('0 (off), or a whole number of days from 1 to 365');
    expect((await set('20', 'Flags')).body.field).toBe('type');
    await set('20');
    expect([await told(ada), await told(grace)]).toEqual([['grace ci', 'ada ci'], ['grace ci']]);
    const { body } = await ada.get('/api/system-config/catalogue');
    expect(body.items.slice(-2)).toMatchObject([
      { unit: 'days', defaultValue: '14', valueInForce: '20', stored: true },
      { unit: 'e-mails', defaultValue: '', valueInForce: '', stored: false },
    ]);
    await set('0');
    expect([await told(ada), await told(grace)]).toEqual([[], []]);
    expect((await ada.send('DELETE', '/api/system-config/EnableUserTokenExpirationNotification')).body).toEqual({
      key: 'EnableUserTokenExpirationNotification',
      defaultMinutes: null,
    });
  });

  it('survives a restart', async () => {
    const { token } = (await make('ada')).body;
    await test.restart();
    expect((await ask(token, 'GET', '/api/session')).status).toBe(200);
  });
});
