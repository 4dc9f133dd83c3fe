import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import type { LiveSession } from './live-session.ts';
import { MOVE_WITHIN_MS } from './sessions-elsewhere.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

/** Two replicas on one store; what one does reaches the other only where a test says so. */
describe('sessions that several replicas hold', () => {
  let one: TestSessions;
  let other: TestSessions;
  let here: LiveSession;
  let there: LiveSession;
  let token: string;

  beforeEach(async () => {
    const store = createMemoryStore();
    const clock = createFakeClock();
    one = await createTestSessions(store, clock);
    other = await createTestSessions(store, clock);
    ({ session: here, token } = await one.sessions.startPortal(ADA, 'cookie', null));
    there = await meet(token);
  });

  async function meet(held: string): Promise<LiveSession> {
    const found = await other.sessions.authenticate(held);
    if (!found.live) throw new Error('not live');
    return found.session;
  }

  it('an end elsewhere cuts the streams here once it is read, with its reason, and is recorded once', async () => {
    const stream = createTestStream(other.clock);
    there.openStream(stream);
    await one.sessions.end(here.id, 'revoked', 'ada');
    expect(stream.cuts).toEqual([]);
    await other.sessions.elsewhere.reread([here.id, 'unknown']);
    expect(stream.cuts.map(({ end }) => end.reason)).toEqual(['revoked']);
    await other.sessions.stop();
    expect([one.ends, other.ends]).toEqual([['portal revoked'], []]);
    expect((await other.sessions.authenticate(token)).live).toBe(false);
  });

  it('an end elsewhere ends what only this replica holds under the session, and records it', async () => {
    const child = await other.sessions.openKubernetes(there, 'c1');
    await one.sessions.end(here.id, 'signed-out');
    await other.sessions.elsewhere.rereadAll();
    expect(child.end()?.reason).toBe('parent-ended');
    await other.sessions.stop();
    expect((await one.store.findSession(child.id))?.session.end?.reason).toBe('parent-ended');
  });

  it('is one Kubernetes session, whichever replica opened it', async () => {
    const opened = await one.sessions.openKubernetes(here, 'c1');
    expect((await other.sessions.openKubernetes(there, 'c1')).id).toBe(opened.id);
  });

  it('without a feed each request asks the store, and finds an end and a limit that were not heard of', async () => {
    other.hearing.isCurrent = () => false;
    other.hearing.catchUp = () => other.sessions.load();
    expect((await other.sessions.authenticate(token)).live).toBe(true);
    await one.set('AuthorizationTokenSessionDuration', '30');
    expect((await other.sessions.authenticate(token)).live).toBe(true);
    expect(there.deadline().at).toBe(here.startedAt + 30 * MINUTE_MS);
    await one.sessions.end(here.id, 'user-disabled');
    expect(await other.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'user-disabled' } });
  });

  it('a role that was taken away elsewhere is gone with the next session that is seen here', async () => {
    const plain = { role: 'User' } as const;
    const record = { at: 0, event: 'user.changed', actor: 'ada', subject: null, address: null, sentence: '' } as const;
    await one.store.insertUser({ ...ADA, id: 'u-bob', username: 'bob' }, 'hash', record);
    await one.store.updateUser(ADA.id, plain, record);
    one.sessions.pool.replaceUser({ ...ADA, ...plain });
    const again = await one.sessions.startPortal({ ...ADA, ...plain }, 'cookie', null);
    expect((await meet(again.token)).user.role).toBe('User');
    expect(there.user.role).toBe('User');
  });

  it('without a feed and without a store no request is let in', async () => {
    other.hearing.isCurrent = () => false;
    other.hearing.catchUp = () => Promise.reject(new Error('no answer'));
    await expect(other.sessions.authenticate(token)).rejects.toThrow('no answer');
  });

  it('a limit that was tightened elsewhere acts here once it is read', async () => {
    await one.clock.advance(10 * MINUTE_MS);
    const stream = createTestStream(other.clock);
    there.openStream(stream);
    await one.set('AuthorizationTokenSessionDuration', '5');
    await other.sessions.load();
    expect(stream.cuts.map(({ end }) => end.reason)).toEqual(['max-duration']);
    expect(stream.cuts[0]?.end.at).toBe(other.clock.now());
  });

  it('who works through one replica is not idle for the other: it reads what would end soon', async () => {
    const look = async (): Promise<void> => {
      for (let second = 0; second < 59; second++) {
        await one.clock.advance(60_000);
        here.touch();
        await one.clock.advance(1000);
        await other.sessions.elsewhere.rereadDue();
      }
    };
    await look();
    expect([here.end(), there.end()]).toEqual([null, null]);
  });

  it('reads nothing that does not end soon', async () => {
    let read = 0;
    const { findRows } = other.store;
    other.store.findRows = (ids) => {
      read += ids.length;
      return findRows(ids);
    };
    await other.sessions.elsewhere.rereadDue();
    expect(read).toBe(0);
    await other.clock.advance(60 * MINUTE_MS - 2000);
    await other.sessions.elsewhere.rereadDue();
    expect(read).toBe(1);
  });

  it('learns of activity, which is never in the future', async () => {
    await one.store.recordActivity([{ id: here.id, at: here.startedAt + 1e9 }]);
    await other.sessions.elsewhere.reread([here.id]);
    expect(there.lastActivityAt).toBe(other.clock.now());
  });

  it('an end for inactivity loses against activity that was stored: the session lives on for everybody', async () => {
    await one.set('K8sSessionInactivityTimeout', '0');
    await one.set('MaximumK8sSessionDuration', '500');
    await one.clock.advance(1);
    await other.sessions.load();
    const child = await other.sessions.openKubernetes(there, 'c1');
    await one.clock.advance(60 * MINUTE_MS - 10);
    here.touch();
    await one.clock.advance(0);
    // This replica heard nothing of it, and takes the session for idle.
    await other.clock.advance(20);
    await other.sessions.elsewhere.reread([]);
    await other.sessions.sweep(1e15);
    expect(here.end()).toBeNull();
    expect(other.ends).toEqual([]);
    expect((await other.store.findSession(child.id))?.session.end).toBeNull();
    expect((await meet(token)).end()).toBeNull();
  });

  describe('that are replaced elsewhere while a shell lives here', () => {
    let child: LiveSession;
    let next: LiveSession;
    let stream: ReturnType<typeof createTestStream>;
    let moved: (error?: Error) => void;
    const moves: string[] = [];

    beforeEach(async () => {
      child = await other.sessions.openKubernetes(there, 'c1');
      stream = createTestStream(other.clock);
      child.openStream(stream);
      moves.length = 0;
      other.hearing.takeAlong = (from, toId) => {
        moves.push(`${from.id} ${toId}`);
        return new Promise((resolve, reject) => (moved = (error) => (error === undefined ? resolve() : reject(error))));
      };
      ({ session: next } = await one.sessions.startPortal(ADA, 'cookie', null));
      await one.sessions.authenticate(token);
      await one.sessions.openKubernetes(here, 'c1');
      await one.sessions.end(here.id, 'replaced', 'ada', next.id);
    });

    it.each(['all at once', 'the child first'])('end here once it has moved, told of %s', async (how) => {
      await other.sessions.elsewhere.reread(how === 'all at once' ? [child.id, there.id] : [child.id]);
      await other.sessions.elsewhere.rereadAll();
      expect([moves, stream.cuts]).toEqual([[`${there.id} ${next.id}`], []]);
      moved();
      await other.clock.advance(0);
      expect(stream.cuts.map(({ end }) => end.reason)).toEqual(['parent-ended']);
      expect(there.end()).toMatchObject({ reason: 'replaced', replacedBy: next.id });
      // One for the deadlines of each replica.
      expect(other.clock.waiting).toBe(2);
    });

    it('end here though it could not move, and after a second at the latest', async () => {
      await other.sessions.elsewhere.rereadAll();
      moved(new Error('no'));
      await other.clock.advance(0);
      expect(there.end()?.reason).toBe('replaced');
      expect(other.failures.map(String)).toEqual(['Error: no']);

      const again = await one.sessions.startPortal(ADA, 'cookie', null);
      const slow = await meet(again.token);
      await one.sessions.end(again.session.id, 'replaced', 'ada', next.id);
      await other.sessions.elsewhere.rereadAll();
      await other.clock.advance(MOVE_WITHIN_MS - 1);
      expect(slow.end()).toBeNull();
      await other.clock.advance(1);
      expect(slow.end()?.reason).toBe('replaced');
    });

    it('end here at once where nothing moves', async () => {
      other.hearing.takeAlong = () => null;
      await other.sessions.elsewhere.rereadAll();
      expect(stream.cuts).toHaveLength(1);
    });
  });

  it('streams can be cut though their session lives on', () => {
    const stream = createTestStream(other.clock);
    there.openStream(stream);
    other.sessions.pool.cutAllStreams({ at: other.clock.now(), reason: 'shutdown', limit: null });
    expect(stream.cuts).toHaveLength(1);
    expect(there.end()).toBeNull();
    expect(there.streamCount).toBe(0);
  });
});
