import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../core/clock.ts';
import { ApiTokens, MOST_API_TOKENS } from './api-tokens.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

let test: TestSessions;
let tokens: ApiTokens;
beforeEach(async () => {
  test = await createTestSessions();
  tokens = new ApiTokens({ ...test, started: (kind) => void test.starts.push(kind) });
});
const make = (changes = {}) => tokens.make(ADA, { name: 'ci', days: 30, kubernetes: true, ...changes }, 'ada', null);
const use = async (token: string): Promise<LiveSession> => {
  const found = await test.sessions.authenticate(token);
  if (!found.live) throw new Error('the token is not alive');
  expect(found.purpose).toBe('permanent');
  return found.session;
};

const open = async (session: LiveSession) => test.sessions.openKubernetes(session, 'c1');

describe('an API token', () => {
  it('lives until its last millisecond, however long nothing is done with it, and whatever the limits are', async () => {
    const { token } = await make();
    await test.set('AuthorizationTokenSessionDuration', '1');
    await test.set('AuthorizationTokenInactivityTimeout', '1');
    await test.clock.advance(30 * DAY_MS - 1);
    const session = await use(token);
    const stream = createTestStream(test.clock);
    session.openStream(stream);
    await test.clock.advance(1);
    expect(stream.cuts).toMatchObject([{ end: { reason: 'max-duration', limit: null }, at: test.clock.now() }]);
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, kind: 'api-token' });
    expect(test.ends).toEqual(['api-token max-duration']);
    expect([test.starts, test.failures]).toEqual([['api-token'], []]);
  });

  it('that nobody uses is ended by the sweep, with what is under it', async () => {
    const { token } = await make();
    const session = await use(token);
    await test.sessions.openKubernetes(session, 'c1');
    await test.sessions.stop();
    const later = await test.restart();
    await later.clock.jump(30 * DAY_MS);
    await later.sessions.sweep(1e15);
    expect(later.ends.toSorted()).toEqual(['api-token max-duration', 'kubernetes inactivity']);
  });

  it('is refused where its name is taken, there are too many, or what is asked for is not allowed', async () => {
    await make({ name: ' Nightly build' });
    await expect(make({ name: 'Nightly build' })).rejects.toMatchObject({ code: 'conflict', field: 'name' });
    for (const name of ['', ' ', 'a\u200bb', 'a\nb', 'x'.repeat(65)])
      await expect(make({ name })).rejects.toMatchObject({ code: 'invalid-request', field: 'name' });
    for (const days of [0, 366, 1.5, -1, Number.NaN])
      await expect(make({ days })).rejects.toMatchObject({ code: 'invalid-request', field: 'days' });
    for (let index = 1; index < MOST_API_TOKENS; index++) await make({ name: `n${index}` });
    await expect(make({ name: 'one more' })).rejects.toMatchObject({ code: 'too-many-tokens' });
    const [first] = await tokens.listOf(ADA.id);
    await tokens.revoke(ADA, first?.id ?? '', 'ada');
    await make({ name: 'one more' });
  });

  it('is listed while it lives, first what expires first, with its last use', async () => {
    await make({ name: 'later', days: 40 });
    const { token, session } = await make({ name: 'soon', days: 1 });
    await test.clock.advance(MINUTE_MS);
    (await use(token)).touch();
    const listed = async () =>
      (await tokens.listOf(ADA.id)).map(({ apiToken, lastActivityAt }) => [apiToken.name, lastActivityAt]);
    const madeAt = session.startedAt;
    expect(await listed()).toEqual([
      ['soon', madeAt + MINUTE_MS],
      ['later', madeAt],
    ]);
    await test.clock.jump(DAY_MS);
    expect(await listed()).toEqual([['later', madeAt]]);
    expect(await tokens.listOf('u-grace')).toEqual([]);
  });

  it('is revoked once, by its id, as that of its user', async () => {
    const { token, session } = await make();
    await use(token);
    const notFound = { code: 'not-found' };
    await expect(tokens.revoke({ id: 'u-grace' }, session.id, 'ada')).rejects.toMatchObject(notFound);
    const portal = await test.sessions.startPortal(ADA, 'cookie', null);
    await expect(tokens.revoke(ADA, portal.session.id, 'ada')).rejects.toMatchObject(notFound);
    await tokens.revoke(ADA, session.id, 'ada');
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'revoked' } });
    await expect(tokens.revoke(ADA, session.id, 'ada')).rejects.toMatchObject(notFound);
  });

  it('ends with all that its user has', async () => {
    const { token } = await make();
    expect(await test.sessions.endAllOf(ADA.id, 'user-disabled', 'ada')).toBe(1);
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'user-disabled' } });
  });
});

describe('a Kubernetes session under an API token', () => {
  it('ends on time, and a new one may be opened, also at once and after a restart', async () => {
    const { token } = await make();
    const session = await use(token);
    const first = await test.sessions.openKubernetes(session, 'c1');
    expect(await test.sessions.openKubernetes(session, 'c1')).toBe(first);
    await test.clock.advance(60 * MINUTE_MS);
    expect(first.end()?.reason).toBe('inactivity');
    const next = await Promise.all([1, 2, 3].map(async () => test.sessions.openKubernetes(session, 'c1')));
    expect(new Set(next).size).toBe(1);
    expect(next[0]?.id).not.toBe(first.id);
    expect(next[0]?.end()).toBeNull();
    expect(session.children.get('c1')).toBe(next[0]);
    await test.sessions.stop();
    const later = await test.restart();
    await later.clock.jump(60 * MINUTE_MS);
    const again = await later.sessions.authenticate(token);
    const third = again.live ? await later.sessions.openKubernetes(again.session, 'c1') : null;
    expect(third?.end()).toBeNull();
    const { items } = await later.store.listSessions({ search: 'c1', state: 'all', offset: 0, limit: 9 });
    expect(items.map(({ session: { id, end } }) => [id === third?.id, end === null])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    expect(later.failures).toEqual([]);
  });

  it('may be opened where one was revoked', async () => {
    const session = await use((await make()).token);
    const first = await test.sessions.openKubernetes(session, 'c1');
    await test.sessions.end(first.id, 'revoked', 'ada');
    const second = await test.sessions.openKubernetes(session, 'c1');
    expect(second.id).not.toBe(first.id);
  });

  it('ends with the token', async () => {
    const { token, session } = await make();
    const held = await use(token);
    const child = await test.sessions.openKubernetes(held, 'c1');
    await tokens.revoke(ADA, session.id, 'ada');
    expect(child.end()).toMatchObject({ reason: 'parent-ended' });
    await expect(open(held)).rejects.toMatchObject({ code: 'session-ended' });
  });

  it('is not opened with a token that was made without', async () => {
    const held = await use((await make({ kubernetes: false })).token);
    await expect(open(held)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes nothing of the time that a sign-in of the same instant gives', async () => {
    const held = await use((await make()).token);
    const { session: portal } = await test.sessions.startPortal(ADA, 'cookie', null);
    const child = await test.sessions.openKubernetes(held, 'c1');
    await test.sessions.end(child.id, 'revoked', 'ada');
    expect((await test.sessions.openKubernetes(portal, 'c1')).end()).toBeNull();
    expect(await test.sessions.kubernetesTime.isAnyOver(portal)).toBe(false);
  });
});
