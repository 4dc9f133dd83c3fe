import { describe, expect, it } from 'vitest';
import type { Deadline } from '../../core/deadline.ts';
import { SYSTEM_SCOPE } from '../../core/limits.ts';
import { PortalError } from '../../core/portal-error.ts';
import { expiryWarning } from './expiry-warning.ts';
import { endedRefusal, refusalOf } from './refusal.ts';
import { failureStatus } from './status.ts';

const limit = { key: 'MaximumK8sSessionDuration', scope: SYSTEM_SCOPE, minutes: 60 } as const;
const at = Date.parse('2026-01-01T10:00:00Z');

describe('refusalOf', () => {
  it('tells how a session ended, by which limit, and how to go on', () => {
    const end = { at, reason: 'max-duration', limit } as const;
    expect(refusalOf(new PortalError('reauthentication-required', 'x', { end }))).toEqual({
      code: 401,
      message:
        'Your Kubernetes session ended at 2026-01-01 10:00:00 UTC: Maximum K8s Session Duration is 60 minutes. Sign in to Curfew again, then download a new kubeconfig or open a new shell.',
      retryAfterSeconds: null,
      end,
    });
  });

  it('takes the status of the code', () => {
    expect(refusalOf(new PortalError('forbidden', 'no'))).toMatchObject({ code: 403, message: 'no' });
    expect(refusalOf(new PortalError('authentication-required', 'No token.')).message).toMatch(/Sign in to Curfew/);
    expect(refusalOf(new PortalError('overloaded', 'x', { retryAfterMs: 1500 })).retryAfterSeconds).toBe(2);
  });

  it('takes no bug for a refusal', () => {
    expect(() => refusalOf(new TypeError('bug'))).toThrow('bug');
  });
});

it('a Status says how the session ended in a form for programs', () => {
  const end = { at, reason: 'max-duration', limit } as const;
  expect(failureStatus(401, 'x', end)).toMatchObject({
    reason: 'Unauthorized',
    details: {
      causes: [
        { reason: 'endReason', message: 'max-duration' },
        { reason: 'limitKey', message: 'MaximumK8sSessionDuration' },
        { reason: 'limitMinutes', message: '60' },
        { reason: 'endedAt', message: '2026-01-01T10:00:00.000Z' },
      ],
    },
  });
  const causes = failureStatus(401, 'x', { at, reason: 'revoked', limit: null }).details?.causes;
  expect(causes?.map(({ reason }) => reason)).toEqual(['endReason', 'endedAt']);
  expect(failureStatus(403, 'x', null)).not.toHaveProperty('details');
});

describe('endedRefusal', () => {
  it('sends nobody to sign in again where only the server went: the next one is to be asked', () => {
    const refused = endedRefusal({ at, reason: 'shutdown', limit: null });
    expect(refused).toMatchObject({ code: 503, retryAfterSeconds: 1, end: null });
    expect(refused.message).toMatch(/Your Kubernetes session goes on\. Try again\.$/);
  });
});

describe('expiryWarning', () => {
  const deadline: Deadline = { at, reason: 'max-duration', limit };
  it.each<[number, string | null]>([
    [5 * 60_000 + 1, null],
    [5 * 60_000, '5 min'],
    [4 * 60_000 + 59_000, '4 min'],
    [60_000, '1 min'],
    [59_001, '60 s'],
    [1, '1 s'],
  ])('%d ms before the end: %s', (leftMs, left) => {
    const warning = expiryWarning(deadline, 5, at - leftMs);
    const expected = `299 curfew "Your Kubernetes session ends in ${left} (Maximum K8s Session Duration is 60 minutes)."`;
    expect(warning).toBe(left === null ? null : expected);
  });

  it('never warns of what has no end', () => {
    expect(expiryWarning({ at: Number.POSITIVE_INFINITY, reason: 'max-duration', limit: null }, 5, at)).toBeNull();
  });
});
