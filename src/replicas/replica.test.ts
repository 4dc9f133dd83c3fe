import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { PasswordHasher } from '../identity/password.ts';
import { Tenants } from '../identity/tenants.ts';
import { UsersElsewhere } from '../identity/users-elsewhere.ts';
import { Users } from '../identity/users.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { ADA, createTestSessions } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import type { Warned } from './hints.ts';
import { Replica } from './replica.ts';

let test: TestSessions;
let replica: Replica;
let session: LiveSession;
/** What the database tells. */
let hear: (payload: string) => void;
let told: string[];
let warned: Warned[];

let dashboardReadings = 0;
beforeEach(async () => {
  [told, warned] = [[], []];
  test = await createTestSessions();
  const { store, sessions, clock } = test;
  const users = new Users({ users: store, sessions, passwords: new PasswordHasher(), clock });
  const tenants = new Tenants({
    store,
    users,
    sessions,
    clock,
    isCluster: () => true,
    isReserved: () => false,
    changed: () => {},
  });
  replica = new Replica({
    ...{ id: 'r-1', address: 'here', version: '1', clock, log: pino({ level: 'silent' }), sessions, store },
    users: new UsersElsewhere({ store, users, tenants, sessions }),
    connect: async (listener) => {
      hear = listener;
      return { ask: () => Promise.resolve(), tell: async (payload) => void told.push(payload), close: () => undefined };
    },
    rereadDashboards: async () => void dashboardReadings++,
    heardWarned: (each) => warned.push(each),
    skewMs: () => 0,
    boundMs: 15_000,
  });
  await replica.start();
  ({ session } = await sessions.startPortal(ADA, 'cookie', null));
});
afterEach(() => replica.stop());

describe('what anybody could tell who reaches the database', () => {
  it('does not keep a session alive in which nobody does anything', async () => {
    await test.clock.advance(59 * MINUTE_MS);
    hear(`activity ${session.id} ${test.clock.now()}`);
    await test.clock.advance(MINUTE_MS);
    expect(session.end()?.reason).toBe('inactivity');
  });

  it('ends no session, takes no access away and gives none', async () => {
    for (const payload of [`end ${session.id}`, `user ${ADA.id}`, 'grants', 'tenants', 'limits', 'settings'])
      hear(payload);
    await test.clock.advance(2000);
    expect([session.end(), replica.isCurrent()]).toEqual([null, true]);
  });

  it('costs few readings, however often it is told', async () => {
    let readings = 0;
    const { findRows, findUsers } = test.store;
    test.store.findRows = (ids) => findRows(ids).finally(() => readings++);
    test.store.findUsers = (ids) => findUsers(ids).finally(() => readings++);
    for (let time = 0; time < 1000; time++) {
      for (const what of [`end ${session.id}`, `activity ${session.id} 5`, `user ${ADA.id}`, 'end made-up']) hear(what);
    }
    await test.clock.advance(10);
    expect(readings).toBeLessThanOrEqual(4);
  });
});

it('what people do elsewhere is read when it is told', async () => {
  await test.clock.advance(10 * MINUTE_MS);
  const at = test.clock.now();
  await test.store.recordActivity([{ id: session.id, at }]);
  hear(`activity ${session.id} 1`);
  await test.clock.advance(0);
  expect(session.lastActivityAt).toBe(at);
});

it('who was warned is told to the others, and taken for that by those who understand it', () => {
  replica.tellWarned({ sessionId: 'ks-1', program: 'kubectl', step: 'lead' });
  for (const payload of [...told, 'warned ks-1 kubectl soon', 'warned']) hear(payload);
  expect(warned).toMatchObject([{ sessionId: 'ks-1', program: 'kubectl', step: 'lead' }]);
});

it('that dashboards are others is read when it is told', () => {
  const before = dashboardReadings;
  hear('dashboards');
  expect(dashboardReadings).toBe(before + 1);
});

describe('a reading takes long, and more is told of meanwhile', () => {
  /** Each reading of sessions takes so many milliseconds. */
  function readIn(ms: number): void {
    const { findRows } = test.store;
    test.store.findRows = async (ids) => {
      await new Promise<void>((resolve) => test.clock.setTimer(test.clock.now() + ms, resolve));
      return findRows(ids);
    };
  }

  it('what waits for its turn does not count as silence of the database', async () => {
    readIn(1500);
    hear(`end ${session.id}`);
    await test.clock.advance(100);
    hear(`end ${session.id}`);
    await test.clock.advance(2900);
    expect(replica.isCurrent()).toBe(true);
  });

  it('what then takes longer than two seconds by itself does', async () => {
    readIn(1500);
    hear(`end ${session.id}`);
    hear(`end ${session.id}`);
    readIn(600);
    await test.clock.advance(3499);
    expect(replica.isCurrent()).toBe(true);
    await test.clock.advance(1);
    expect(replica.isCurrent()).toBe(false);
  });
});
