import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../system/fake-clock.ts';
import { parseApiRequest } from './api-request.ts';
import { createClientRecords } from './client-records.ts';
import { GATEWAY_LIMITS } from './ports.ts';
import { splitTarget } from './request-target.ts';
import { createTestSession } from './test-session.ts';

const clock = createFakeClock();
const get = (target: string, method = 'GET') => parseApiRequest(method, splitTarget(target));

describe('activity', () => {
  const records = createClientRecords(GATEWAY_LIMITS);
  const session = createTestSession({ clock });

  it.each<[string, string, boolean]>([
    ['GET', '/api/v1/pods', true],
    ['DELETE', '/api/v1/namespaces/dev/pods/web', true],
    ['GET', '/api/v1/pods?watch=true', false],
    ['GET', '/api/v1/namespaces/dev/pods/web/log?follow=true', false],
    ['GET', '/api/v1/namespaces/dev/pods/web/log', true],
    ['GET', '/api', false],
    ['GET', '/apis/apps/v1', false],
    ['GET', '/openapi/v2', false],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', false],
  ])('%s %s: %s', (method, target, expected) => {
    expect(records.isActivity(session, get(target, method), null, false)).toBe(expected);
    expect(records.isActivity(session, get(target, method), null, true)).toBe(false);
  });

  it('counts each kubectl command once, whatever it asks for', () => {
    expect(records.isActivity(session, get('/api'), 'command-1', false)).toBe(true);
    expect(records.isActivity(session, get('/api/v1/pods'), 'command-1', false)).toBe(false);
    expect(records.isActivity(session, get('/api/v1/pods?watch=1'), 'command-2', false)).toBe(true);
    expect(records.isActivity(session, get('/api/v1/pods'), 'command-1', false)).toBe(false);
    expect(records.isActivity(session, get('/api/v1/pods'), 'command-3', true)).toBe(false);
  });

  it('counts a command once, however long its value is', () => {
    const command = 'x'.repeat(65);
    expect(records.isActivity(session, get('/api'), command, false)).toBe(true);
    expect(records.isActivity(session, get('/api'), command, false)).toBe(false);
  });
});

describe('quotas', () => {
  const limits = {
    ...GATEWAY_LIMITS,
    streamsPerSession: 2,
    streamsPerUser: 3,
    requestsPerSession: 1,
    requestsPerUser: 9,
  };

  it('holds a session and a user to their shares, and gives back', () => {
    const records = createClientRecords(limits);
    const first = createTestSession({ clock, id: 's1' });
    const second = createTestSession({ clock, id: 's2' });
    const other = createTestSession({ clock, id: 's3', user: { id: 'user-2' } });
    const refuses = (...attempt: Parameters<typeof records.enter>) => {
      const outcome = { code: 'quota-exceeded', retryAfterMs: 1000 };
      expect(() => records.enter(...attempt)).toThrow(expect.objectContaining(outcome));
    };
    records.enter(first, 'watch');
    records.enter(first, 'exec');
    refuses(first, 'log');
    records.enter(first, 'request');
    refuses(first, 'request');
    records.enter(second, 'watch');
    refuses(second, 'watch');
    records.enter(other, 'watch');
    records.leave(first, 'watch');
    records.enter(second, 'watch');
    refuses(second, 'watch');
  });
});
