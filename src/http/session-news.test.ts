import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { ADA, createTestSessions } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { sessionEventSchemas } from '../wire/session.ts';
import { LOOK_EVERY_MS, tellSessionNews } from './session-news.ts';

let test: TestSessions;
let session: LiveSession;
beforeEach(async () => {
  test = await createTestSessions();
  await test.set('AuthorizationTokenSessionDuration', '60');
  await test.set('AuthorizationTokenInactivityTimeout', '0');
  ({ session } = await test.sessions.startPortal(ADA, 'cookie', null));
});

/** The warnings of a session, with how many milliseconds after its start each was sent. */
function hearWarnings() {
  const { clock, sessions } = test;
  const heard: { after: number; endsAfter: number; sessionId: string; reason: string }[] = [];
  const news = tellSessionNews(
    {
      clock,
      sessions,
      send(event, data) {
        if (event !== 'warning') return;
        const { endsAt, endsBy, sessionId } = sessionEventSchemas.warning.parse(data);
        const endsAfter = Date.parse(endsAt ?? '') - session.startedAt;
        heard.push({ after: clock.now() - session.startedAt, endsAfter, sessionId, reason: endsBy.reason });
      },
      idle: () => undefined,
    },
    session,
  );
  return { heard, dispose: () => news.dispose() };
}

it('tells how the session stands at first, and again when what lives under it starts, is put off or ends', async () => {
  const { clock, sessions } = test;
  let told = 0;
  const send = (event: string) => void (told += event === 'session' ? 1 : 0);
  const news = tellSessionNews({ clock, sessions, send, idle: () => undefined }, session);
  const toldOnceMore = async (): Promise<void> => {
    const before = told;
    await clock.advance(3 * LOOK_EVERY_MS);
    expect(told - before).toBe(1);
  };
  expect(told).toBe(1);
  const child = await sessions.openKubernetes(session, 'c1');
  await toldOnceMore();
  child.touch();
  await toldOnceMore();
  await sessions.end(child.id, 'revoked');
  await toldOnceMore();
  await clock.advance(MINUTE_MS);
  expect(told).toBe(4);
  news.dispose();
});

describe('the warning of a session', () => {
  it('comes at its lead, to the millisecond, and once', async () => {
    const { heard } = hearWarnings();
    await test.clock.advance(55 * MINUTE_MS - 1);
    expect(heard).toEqual([]);
    await test.clock.advance(1);
    const warning = { after: 55 * MINUTE_MS, endsAfter: 60 * MINUTE_MS, sessionId: session.id, reason: 'max-duration' };
    expect(heard).toEqual([warning]);
    await test.clock.advance(10 * MINUTE_MS);
    expect(heard).toEqual([warning]);
  });

  it('comes at once to whoever opens inside the lead', async () => {
    await test.clock.advance(57 * MINUTE_MS);
    expect(hearWarnings().heard).toMatchObject([{ after: 57 * MINUTE_MS }]);
  });

  it('comes again for a deadline that a tightened limit moved', async () => {
    const { heard } = hearWarnings();
    await test.clock.advance(56 * MINUTE_MS);
    await test.set('AuthorizationTokenSessionDuration', '58');
    expect(heard).toMatchObject([{ endsAfter: 60 * MINUTE_MS }, { after: 56 * MINUTE_MS, endsAfter: 58 * MINUTE_MS }]);
  });

  it('comes again after activity has put the deadline off', async () => {
    await test.set('AuthorizationTokenInactivityTimeout', '10');
    const { heard } = hearWarnings();
    await test.clock.advance(6 * MINUTE_MS);
    session.touch();
    await test.clock.advance(6 * MINUTE_MS);
    expect(heard).toMatchObject([
      { after: 5 * MINUTE_MS, endsAfter: 10 * MINUTE_MS, reason: 'inactivity' },
      { after: 11 * MINUTE_MS, endsAfter: 16 * MINUTE_MS, reason: 'inactivity' },
    ]);
  });

  it('is put off by activity before it', async () => {
    await test.set('AuthorizationTokenInactivityTimeout', '10');
    const { heard } = hearWarnings();
    await test.clock.advance(5 * MINUTE_MS - 1);
    session.touch();
    await test.clock.advance(5 * MINUTE_MS - 1);
    expect(heard).toEqual([]);
    await test.clock.advance(1);
    expect(heard).toMatchObject([{ after: 10 * MINUTE_MS - 1 }]);
  });

  it('follows a changed lead at once', async () => {
    const { heard } = hearWarnings();
    await test.clock.advance(40 * MINUTE_MS);
    await test.set('SessionExpiryWarning', '30');
    await test.set('SessionExpiryWarning', '29');
    expect(heard).toMatchObject([{ after: 40 * MINUTE_MS }]);
  });

  it('is late by one look at most where each activity makes a new deadline inside the lead', async () => {
    await test.set('AuthorizationTokenInactivityTimeout', '3');
    const { heard } = hearWarnings();
    await test.clock.advance(LOOK_EVERY_MS + 1);
    session.touch();
    await test.clock.advance(LOOK_EVERY_MS);
    expect(heard).toMatchObject([{ after: 0 }, { after: 2 * LOOK_EVERY_MS }]);
  });

  it('is not sent of a session that has ended, nor after disposal', async () => {
    const disposed = hearWarnings();
    disposed.dispose();
    const { heard } = hearWarnings();
    await test.sessions.end(session.id, 'revoked');
    await test.clock.advance(60 * MINUTE_MS);
    expect([...heard, ...disposed.heard]).toEqual([]);
  });
});
