import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { SYSTEM_SCOPE } from '../core/limits.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const DURATION = 'AuthorizationTokenSessionDuration';

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
  await test.set('AuthorizationTokenInactivityTimeout', '0');
  await test.set(DURATION, '60');
  await test.clock.advance(1000);
});

/** Starts a session while a change is on its way to the disk, so many milliseconds after it was asked for. */
async function startWhileWriting(value: string, afterMs: number) {
  const { writeSetting } = test.store;
  let release = (): void => undefined;
  const slow = new Promise<void>((resolve) => (release = resolve));
  test.store.writeSetting = async (...change) => {
    await slow;
    return writeSetting(...change);
  };
  const writing = test.set(DURATION, value);
  await test.clock.advance(afterMs);
  const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
  await test.clock.advance(5);
  release();
  await writing;
  return { session, token };
}

describe('a session that starts while a limit is being written', () => {
  it.each([
    ['90', 5, 90],
    ['90', 0, 60],
    ['30', 5, 30],
    ['30', 0, 30],
  ])('to %s, %i ms later, lasts %i minutes, now and after a restart', async (value, afterMs, minutes) => {
    const { session, token } = await startWhileWriting(value, afterMs);
    expect(session.deadline().at - session.startedAt).toBe(minutes * MINUTE_MS);
    const stored = await test.sessions.stored.find(session.id);
    expect(stored && test.sessions.stored.judge(stored).deadline).toEqual(session.deadline());
    const again = await (await test.restart()).sessions.authenticate(token);
    expect(again.live && again.session.deadline()).toEqual(session.deadline());
  });
});

it('a tightened limit ends what was over before at its own deadline, though nobody had noticed yet', async () => {
  const { session } = await test.sessions.startPortal(ADA, 'cookie', null);
  const deadline = session.deadline();
  // A timer that was due before the deadline runs first after a sleep; the change comes in just then.
  test.clock.setTimer(
    deadline.at - 1,
    () => void test.sessions.limitChanged({ key: DURATION, scope: SYSTEM_SCOPE, minutes: 1, at: test.clock.now() }),
  );
  await test.clock.jump(8 * 60 * MINUTE_MS);
  expect(session.ended).toEqual({ at: deadline.at, reason: 'max-duration', limit: deadline.limit });
});

it('a tightened limit ends sessions with streams first: nobody sees the others before they come again', async () => {
  const older = await test.sessions.startPortal(ADA, 'cookie', null);
  await test.clock.advance(MINUTE_MS);
  const { session } = await test.sessions.startPortal(ADA, 'cookie', null);
  const stream = createTestStream(test.clock);
  const cut = stream.cut.bind(stream);
  let olderEnd: unknown = 'not asked';
  stream.cut = (end) => {
    olderEnd = older.session.ended;
    cut(end);
  };
  session.openStream(stream);
  await test.clock.advance(2 * MINUTE_MS);
  await test.set(DURATION, '1');
  expect(stream.cuts).toHaveLength(1);
  expect(olderEnd).toBeNull();
  expect(older.session.ended).not.toBeNull();
});
