import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';
import { hashToken } from './token.ts';

const DURATION = 'AuthorizationTokenSessionDuration';
const INACTIVITY = 'AuthorizationTokenInactivityTimeout';
const K8S_DURATION = 'MaximumK8sSessionDuration';
const ALL = { state: 'all', search: '', offset: 0, limit: 100 } as const;

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

const start = () => test.sessions.startPortal(ADA, 'cookie', null);

describe('a session', () => {
  it('lives to the last millisecond and not one longer, whether or not a timer has fired', async () => {
    await test.set(INACTIVITY, '0');
    await test.set(DURATION, '2');
    const { session, token } = await start();
    await test.clock.advance(2 * MINUTE_MS - 1);
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: true });
    await test.clock.jump(1);
    expect(session.end()).toMatchObject({ reason: 'max-duration', at: session.startedAt + 2 * MINUTE_MS });
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'max-duration' } });
  });

  it('is over at its deadline although time jumped past it', async () => {
    const { session } = await start();
    const deadline = session.deadline().at;
    await test.clock.jump(48 * 60 * MINUTE_MS);
    expect(session.end()?.at).toBe(deadline);
    expect((await test.store.findSession(session.id))?.session.end).toMatchObject({
      at: deadline,
      reason: 'inactivity',
    });
  });

  it('is kept alive by activity up to its duration, and never revived', async () => {
    await test.set(INACTIVITY, '5');
    await test.set(DURATION, '12');
    const { session } = await start();
    for (let count = 0; count < 3; count++) {
      await test.clock.advance(4 * MINUTE_MS - 1);
      session.touch();
    }
    expect(session.end()).toBeNull();
    await test.clock.advance(3);
    expect(session.end()?.reason).toBe('max-duration');
    const before = session.lastActivityAt;
    session.touch();
    expect(session.lastActivityAt).toBe(before);
    expect(session.end()?.reason).toBe('max-duration');
  });

  it('is stored by the hash of its token only', async () => {
    const { token } = await start();
    expect(await test.store.findToken(token)).toBeNull();
    expect(await test.store.findToken(hashToken(token))).not.toBeNull();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('is unknown to whoever holds another token', async () => {
    await start();
    expect(await test.sessions.authenticate('made up')).toMatchObject({ live: false, purpose: null, end: null });
  });
});

describe('streams', () => {
  it('are cut at the deadline, before the end is recorded, and each once', async () => {
    await test.set(DURATION, '1');
    const { session } = await start();
    const stream = createTestStream(test.clock);
    const live = session.openStream(stream);
    let recordedAtCut: unknown = 'not cut';
    session.openStream({ kind: 'exec', cut: () => void (recordedAtCut = test.ends.length) });
    await test.clock.advance(MINUTE_MS - 1);
    expect(stream.cuts).toEqual([]);
    await test.clock.advance(1);
    expect(stream.cuts).toMatchObject([{ at: session.startedAt + MINUTE_MS, end: { reason: 'max-duration' } }]);
    expect(recordedAtCut).toBe(0);
    expect(test.ends).toEqual(['portal max-duration']);
    if (live.open) live.release();
    await test.sessions.end(session.id, 'revoked');
    expect(stream.cuts).toHaveLength(1);
  });

  it('are refused once the session is over', async () => {
    const { session } = await start();
    await test.sessions.end(session.id, 'signed-out');
    expect(session.openStream(createTestStream(test.clock))).toMatchObject({
      open: false,
      end: { reason: 'signed-out' },
    });
  });

  it('are all cut although one of them throws', async () => {
    const { session } = await start();
    const after = createTestStream(test.clock);
    session.openStream({
      kind: 'exec',
      cut: () => {
        throw new Error('a bug');
      },
    });
    session.openStream(after);
    await test.sessions.end(session.id, 'revoked');
    expect(after.cuts).toHaveLength(1);
    expect(test.failures).toMatchObject([{ message: 'a bug' }]);
  });

  it('that ended by themselves are not cut, and counted while they are open', async () => {
    const { session } = await start();
    const stream = createTestStream(test.clock);
    const admission = session.openStream(stream);
    expect(test.sessions.pool.countStreams()).toEqual({ exec: 1 });
    if (admission.open) admission.release();
    await test.sessions.end(session.id, 'revoked');
    expect(stream.cuts).toEqual([]);
    expect(test.sessions.pool.countStreams()).toEqual({ exec: 0 });
  });
});

describe('a Kubernetes session', () => {
  it('is one, also when twenty ask at once', async () => {
    const { session } = await start();
    const open = async () => test.sessions.openKubernetes(session, 'c1');
    const opened = await Promise.all(Array.from({ length: 20 }, open));
    expect(new Set(opened).size).toBe(1);
    expect((await test.store.listSessions({ ...ALL, kind: 'kubernetes' })).total).toBe(1);
    expect(await test.sessions.openKubernetes(session, 'c2')).not.toBe(opened[0]);
  });

  it('opens nothing any more once it has ended: only signing in again renews', async () => {
    await test.set(K8S_DURATION, '1');
    const { session } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    await test.clock.advance(MINUTE_MS);
    expect(child.end()?.reason).toBe('max-duration');
    const refused = { code: 'reauthentication-required', end: { reason: 'max-duration' } };
    await expect(async () => test.sessions.openKubernetes(session, 'c1')).rejects.toMatchObject(refused);
    const later = await test.restart();
    const again = await later.sessions.authenticate((await start()).token);
    expect(again).toMatchObject({ live: true });
    const { session: next } = await start();
    expect((await test.sessions.openKubernetes(next, 'c1')).end()).toBeNull();
  });

  it('ends with its portal session, and so do its streams', async () => {
    const { session } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    const stream = createTestStream(test.clock);
    child.openStream(stream);
    await test.sessions.end(session.id, 'signed-out', 'ada');
    expect(stream.cuts[0]?.end.reason).toBe('parent-ended');
    expect((await test.store.findSession(child.id))?.session.end?.reason).toBe('parent-ended');
    await expect(async () => test.sessions.openKubernetes(session, 'c1')).rejects.toMatchObject({
      code: 'session-ended',
    });
  });

  it('says by which limit of its parent it ends', async () => {
    await test.set(DURATION, '1');
    const { session } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    await test.clock.advance(MINUTE_MS);
    expect(child.end()).toMatchObject({ reason: 'parent-ended', limit: { key: DURATION, minutes: 1 } });
  });

  it('keeps its portal session active', async () => {
    const { session } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    await test.clock.advance(5 * MINUTE_MS);
    child.touch();
    expect(session.lastActivityAt).toBe(test.clock.now());
    await test.clock.advance(1000);
    expect((await test.store.findSession(session.id))?.session.lastActivityAt).toBe(test.clock.now() - 1000);
  });
});

describe('limits', () => {
  it('tighten at once and loosen only for later sessions', async () => {
    const { session } = await start();
    const stream = createTestStream(test.clock);
    session.openStream(stream);
    await test.clock.advance(10 * MINUTE_MS);
    await test.set(DURATION, '30');
    expect(session.deadline().at).toBe(session.startedAt + 30 * MINUTE_MS);
    await test.set(DURATION, '10');
    expect(stream.cuts).toHaveLength(1);
    expect(session.end()).toMatchObject({ reason: 'max-duration', limit: { minutes: 10 }, at: test.clock.now() });
    const { session: second } = await start();
    await test.set(DURATION, '40');
    expect(second.limits.duration?.minutes).toBe(10);
    await test.clock.advance(1);
    const { session: third } = await start();
    expect(third.limits.duration?.minutes).toBe(40);
  });

  it('are the same after a restart', async () => {
    await test.set(DURATION, '100');
    await test.clock.advance(5);
    const { session, token } = await start();
    await test.clock.advance(5);
    await test.set(DURATION, '50');
    await test.clock.advance(5);
    await test.config.delete(DURATION, 'ada', null);
    const later = await test.restart();
    const again = await later.sessions.authenticate(token);
    expect(again.live && again.session.deadline()).toEqual(session.deadline());
    expect(session.limits.duration?.minutes).toBe(50);
  });

  it('are announced to whoever listens', async () => {
    let heard = 0;
    const listening = test.sessions.onLimitsChanged(() => heard++);
    await test.set(DURATION, '50');
    listening.dispose();
    await test.set(DURATION, '60');
    expect(heard).toBe(1);
  });
});
