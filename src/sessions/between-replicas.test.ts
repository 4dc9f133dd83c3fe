import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const DURATION = 'AuthorizationTokenSessionDuration';
const INACTIVITY = 'AuthorizationTokenInactivityTimeout';

/** What an attacker could make of the time between a write on one replica and its arrival at another. */
describe('between two replicas', () => {
  let one: TestSessions;
  let other: TestSessions;
  let here: LiveSession;
  let there: LiveSession;
  let token: string;

  beforeEach(async () => {
    const store = createMemoryStore();
    const start = Date.parse('2026-01-01T00:00:00Z');
    one = await createTestSessions(store, createFakeClock(start));
    // Its clock is two seconds behind, as after answers of the database that were held up.
    other = await createTestSessions(store, createFakeClock(start - 2000));
    for (const { hearing } of [one, other]) hearing.isAlone = () => false;
    ({ session: here, token } = await one.sessions.startPortal(ADA, 'cookie', null));
    const found = await other.sessions.authenticate(token);
    if (!found.live) throw new Error('not live');
    there = found.session;
  });

  async function pass(ms: number): Promise<void> {
    await one.clock.advance(ms);
    await other.clock.advance(ms);
  }

  it('a tightened limit acts at once, also where the clock is behind', async () => {
    await pass(10 * MINUTE_MS);
    await one.set(DURATION, '30');
    await other.sessions.load();
    expect(there.deadline().at).toBe(here.startedAt + 30 * MINUTE_MS);
  });

  it.each<[string, (minutes: string) => Promise<unknown>]>([
    ['on the other', (minutes) => other.set(INACTIVITY, minutes)],
    ['on this one', (minutes) => one.set(INACTIVITY, minutes).then(() => other.sessions.load())],
  ])('an inactivity limit that is tightened %s cuts nobody off who works through this one', async (_, tighten) => {
    const stream = createTestStream(other.clock);
    there.openStream(stream);
    // Pauses this short are told to nobody.
    for (let count = 0; count < 60; count++) {
      await pass(4000);
      here.touch();
    }
    await pass(1000);
    await tighten('2');
    expect(stream.cuts).toEqual([]);
    await pass(3 * MINUTE_MS);
    expect(stream.cuts).toMatchObject([{ end: { reason: 'inactivity' } }]);
  });

  it('an inactivity limit ends whoever seems idle where the store does not answer', async () => {
    const stream = createTestStream(other.clock);
    there.openStream(stream);
    await pass(3 * MINUTE_MS);
    other.store.findRows = () => Promise.reject(new Error('the database is gone'));
    await expect(other.set(INACTIVITY, '2')).rejects.toThrow('the database is gone');
    expect(stream.cuts).toHaveLength(1);
  });

  it('limits that are read at the same time end with what was written last', async () => {
    await one.set(DURATION, '60');
    await one.clock.advance(1);
    const { listLimitPeriods } = other.store;
    let release = (): void => undefined;
    other.store.listLimitPeriods = async () => {
      const periods = await listLimitPeriods();
      other.store.listLimitPeriods = listLimitPeriods;
      await new Promise<void>((resolve) => (release = resolve));
      return periods;
    };
    const slow = other.sessions.load();
    await other.clock.advance(0);
    await one.set(DURATION, '30');
    const fast = other.sessions.load();
    await other.clock.advance(0);
    release();
    await Promise.all([slow, fast]);
    expect(there.limits.duration?.minutes).toBe(30);
  });

  it('a limit that is set here is not undone by what was read before', async () => {
    const { listLimitPeriods } = other.store;
    let release = (): void => undefined;
    other.store.listLimitPeriods = async () => {
      const periods = await listLimitPeriods();
      other.store.listLimitPeriods = listLimitPeriods;
      await new Promise<void>((resolve) => (release = resolve));
      return periods;
    };
    const slow = other.sessions.load();
    await other.clock.advance(0);
    await other.set(DURATION, '30');
    release();
    await slow;
    expect(there.limits.duration?.minutes).toBe(30);
    expect(other.sessions.limits.minutes(DURATION, other.clock.now())).toBe(30);
  });

  it('who is idle as far as this replica knows is ended all the same by whoever ends the session', async () => {
    await pass(60 * MINUTE_MS - 1000);
    // Active at the last moment through the slower clock's replica, which could not store that yet.
    const { recordActivity } = other.store;
    const held: (() => void)[] = [];
    other.store.recordActivity = async (activities) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return recordActivity(activities);
    };
    there.touch();
    await other.clock.advance(0);
    const third = await createTestSessions(one.store, createFakeClock(one.clock.now() + 2000));
    await third.sessions.endAllOf(ADA.id, 'user-disabled', 'ada');
    for (const release of held) release();
    await other.clock.advance(2000);
    await other.sessions.elsewhere.rereadAll();
    expect(there.end()).not.toBeNull();
    expect((await one.store.findSession(here.id))?.session.end).not.toBeNull();
  });

  it('an end for inactivity that was lost does not swallow a revocation', async () => {
    await pass(60 * MINUTE_MS - 1000);
    there.touch();
    await other.clock.advance(1000);
    const { endSessions } = one.store;
    let release = (): void => undefined;
    one.store.endSessions = async (ends) => {
      one.store.endSessions = endSessions;
      await new Promise<void>((resolve) => (release = resolve));
      return endSessions(ends);
    };
    await one.clock.advance(2000);
    expect(here.end()?.reason).toBe('inactivity');
    const ending = one.sessions.end(here.id, 'user-disabled', 'ada');
    await one.clock.advance(0);
    release();
    expect(await ending).toBe(true);
    await other.sessions.elsewhere.rereadAll();
    expect(there.end()?.reason).toBe('user-disabled');
  });

  it('who was taken for idle, and was not, is let in again at once', async () => {
    await pass(60 * MINUTE_MS - 1000);
    const third = await createTestSessions(one.store, createFakeClock(one.clock.now() + 2000));
    const { endSessions } = third.store;
    third.store.endSessions = async (ends) => {
      third.store.endSessions = endSessions;
      there.touch();
      await other.clock.advance(1000);
      return endSessions(ends);
    };
    expect((await third.sessions.authenticate(token)).live).toBe(false);
    await third.sessions.stop();
    expect((await third.sessions.authenticate(token)).live).toBe(true);
  });

  it('a Kubernetes session that ended elsewhere is not joined while nobody hears of ends', async () => {
    const child = await other.sessions.openKubernetes(there, 'c1');
    const stream = createTestStream(other.clock);
    child.openStream(stream);
    await one.sessions.end(child.id, 'revoked', 'ada');
    other.hearing.isCurrent = () => false;
    await expect((async () => other.sessions.openKubernetes(there, 'c1'))()).rejects.toMatchObject({
      code: 'reauthentication-required',
    });
    expect(stream.cuts).toHaveLength(1);
  });
});
