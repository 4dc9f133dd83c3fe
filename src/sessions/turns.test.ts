import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { SYSTEM_SCOPE } from '../core/limits.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';
import { ROWS_IN_ONE_TURN } from './turn.ts';

const MANY = 3 * ROWS_IN_ONE_TURN + 1;

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

async function startMany() {
  const sessions = [];
  for (let count = 0; count < MANY; count++) {
    sessions.push((await test.sessions.startPortal(ADA, 'cookie', null)).session);
  }
  return sessions;
}

/** Counts the turns of the event loop while something goes on. */
async function countTurns(work: (turn: () => number) => Promise<unknown>): Promise<number> {
  let [turns, counting] = [0, true];
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await work(() => turns);
  counting = false;
  return turns;
}

describe('whoever works through many rows lets others have their turn', () => {
  it('recording ends: what was cut is gone first, and then they are written in pieces', async () => {
    const sessions = await startMany();
    const stream = createTestStream(test.clock);
    sessions.at(-1)?.openStream(stream);
    const { endSessions } = test.store;
    const writes: { rows: number; turn: number }[] = [];
    await countTurns(async (turn) => {
      test.store.endSessions = (ends) => {
        writes.push({ rows: ends.length, turn: turn() });
        return endSessions(ends);
      };
      const key = 'AuthorizationTokenSessionDuration';
      void test.sessions.limitChanged({ key, scope: SYSTEM_SCOPE, minutes: 1, at: test.clock.now() });
      const timer = test.clock.jump(MINUTE_MS);
      expect(stream.cuts).toHaveLength(1);
      expect(writes).toEqual([]);
      await timer;
      await test.sessions.stop();
    });
    expect(writes.map(({ rows }) => rows)).toEqual([ROWS_IN_ONE_TURN, ROWS_IN_ONE_TURN, ROWS_IN_ONE_TURN, 1]);
    expect(writes[0]?.turn).toBeGreaterThan(0);
    expect(new Set(writes.map(({ turn }) => turn)).size).toBe(writes.length);
    expect(test.ends).toHaveLength(MANY);
  });

  it('recording activity: in pieces, and what was not written is kept where the store fails', async () => {
    const sessions = await startMany();
    await test.clock.advance(MINUTE_MS);
    for (const session of sessions) session.touch();
    const { recordActivity } = test.store;
    const sizes: number[] = [];
    let working = false;
    test.store.recordActivity = (rows) => {
      sizes.push(rows.length);
      return sizes.length === 2 && !working ? Promise.reject(new Error('the disk is full')) : recordActivity(rows);
    };
    await test.clock.advance(0);
    expect(sizes).toEqual([ROWS_IN_ONE_TURN, ROWS_IN_ONE_TURN]);
    expect(test.failures).toHaveLength(1);
    working = true;
    expect(await countTurns(() => test.sessions.stop())).toBeGreaterThan(1);
    for (const { id, lastActivityAt } of sessions) {
      expect((await test.store.findSession(id))?.session.lastActivityAt).toBe(lastActivityAt);
    }
  });

  it('sweeping: from page to page, through sessions of every kind', async () => {
    const [first] = await startMany();
    if (first !== undefined) await test.sessions.openKubernetes(first, 'c1');
    test.sessions.pool.stop();
    const later = await test.restart();
    await test.clock.jump(24 * 60 * MINUTE_MS);
    const { listOver } = later.store;
    const pages: { kind: string | undefined; turn: number }[] = [];
    await countTurns(async (turn) => {
      later.store.listOver = (query) => {
        pages.push({ kind: query.kind, turn: turn() });
        return listOver({ ...query, among: MANY - 1 });
      };
      expect(await later.sessions.sweep(1e12)).toBe(MANY + 1);
    });
    expect(pages.map(({ kind }) => kind)).toEqual([
      'portal',
      'portal',
      'portal',
      'api-token',
      'kubernetes',
      'kubernetes',
    ]);
    expect(pages[1]?.turn).toBeGreaterThan(pages[0]?.turn ?? Infinity);
    const { total } = await test.store.listSessions({ state: 'live', search: '', offset: 0, limit: 1 });
    expect(total).toBe(0);
  });
});

describe('an ended session', () => {
  it('leaves nothing in memory once its end is recorded', async () => {
    const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
    const child = await test.sessions.openKubernetes(session, 'c1');
    const stored = await test.sessions.stored.find(child.id);
    expect(stored?.session).toMatchObject({ parentId: session.id, clusterId: 'c1' });
    child.openStream(createTestStream(test.clock));
    expect([session.streamCount, child.streamCount]).toEqual([0, 1]);
    await test.sessions.end(child.id, 'closed');
    expect([session.children.size, child.streamCount]).toEqual([0, 0]);
    expect(test.sessions.pool.find(child.id)).toBeUndefined();
    await test.sessions.end(session.id, 'signed-out');
    expect([...test.sessions.pool.all()]).toEqual([]);
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'signed-out' } });
  });
});
