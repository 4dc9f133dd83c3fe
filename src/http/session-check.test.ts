import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { ADA, createTestSessions } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import { Origins } from './origin.ts';
import { answerCheck } from './session-check.ts';

const origins = new Origins({ host: '127.0.0.1', port: 8080, tls: null, publicUrl: null });

/** What a request is answered with before any router; null where it is left to the route. */
function answerOf(
  { sessions }: TestSessions,
  headers: Record<string, string>,
  { method = 'GET', url = '/api/session/check' } = {},
): unknown[] | null {
  const written: unknown[] = [];
  const response = {
    writeHead: (...head: unknown[]) => {
      written.push(...head);
      return { end: () => undefined };
    },
  };
  const request = { method, url, headers: { host: 'localhost:8080', ...headers }, socket: {} };
  const isAnswered = answerCheck(
    sessions,
    origins,
    request as unknown as IncomingMessage,
    response as unknown as ServerResponse,
  );
  expect(isAnswered).toBe(written.length > 0);
  return isAnswered ? written : null;
}

it('answers for a live session that is held, whatever request it stands for, without counting as activity', async () => {
  const test = await createTestSessions();
  const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
  await test.clock.advance(MINUTE_MS);
  const yes = [204, ['cache-control', 'no-store']];
  expect(answerOf(test, { cookie: `a=b; __Host-curfew=${token}` })).toEqual(yes);
  const foreign = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  expect(answerOf(test, { cookie: `__Host-curfew=${token}`, ...foreign })).toEqual(yes);
  const bearer = await test.sessions.startPortal(ADA, 'bearer', null);
  expect(answerOf(test, { authorization: `Bearer ${bearer.token}` })).toEqual(yes);
  expect(session.lastActivityAt).toBe(session.startedAt);
});

it('leaves every refusal, and what is not held, to the route', async () => {
  const test = await createTestSessions();
  const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
  const cookie = `__Host-curfew=${token}`;
  expect(answerOf(test, {})).toBeNull();
  expect(answerOf(test, { cookie: '__Host-curfew=unknown' })).toBeNull();
  expect(answerOf(test, { cookie: `${cookie}; ${cookie}` })).toBeNull();
  expect(answerOf(test, { cookie, authorization: 'Bearer unknown' })).toBeNull();
  expect(answerOf(test, { cookie }, { method: 'HEAD' })).toBeNull();
  expect(answerOf(test, { cookie }, { url: '/api/session/check?' })).toBeNull();
  const kubernetes = await test.sessions.openKubernetes(session, 'local');
  const inner = await test.sessions.issueToken(kubernetes, 'kubernetes', null);
  expect(answerOf(test, { authorization: `Bearer ${inner}` })).toBeNull();
  expect(answerOf(await test.restart(), { cookie })).toBeNull();
});

it('leaves a session to the route from the instant of its deadline on, and while ends elsewhere are not heard of', async () => {
  const test = await createTestSessions();
  const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
  const cookie = `__Host-curfew=${token}`;
  test.hearing.isCurrent = () => false;
  expect(answerOf(test, { cookie })).toBeNull();
  test.hearing.isCurrent = () => true;
  await test.clock.advance(session.deadline().at - test.clock.now() - 1);
  expect(answerOf(test, { cookie })).not.toBeNull();
  await test.clock.advance(1);
  expect(answerOf(test, { cookie })).toBeNull();
});
