import { describe, expect, it } from 'vitest';
import { SYSTEM_SCOPE } from '../../core/limits.ts';
import { PortalError } from '../../core/portal-error.ts';
import { endedRefusal, refusalOf } from './refusal.ts';
import { remedyFor, remedyInShell } from './remedy.ts';
import { failureStatus } from './status.ts';

const limit = { key: 'MaximumK8sSessionDuration', scope: SYSTEM_SCOPE, minutes: 60 } as const;
const at = Date.parse('2026-01-01T10:00:00Z');

describe('refusalOf', () => {
  it('tells how a session ended, by which limit, and how to go on', () => {
    const end = { at, reason: 'max-duration', limit } as const;
    expect(refusalOf(new PortalError('reauthentication-required', 'x', { end }), remedyFor(undefined))).toEqual({
      code: 401,
      message:
        'Your Kubernetes session ended at 2026-01-01 10:00:00 UTC: Maximum K8s Session Duration is 60 minutes. Sign in to Curfew again.',
      retryAfterSeconds: null,
      end,
    });
  });

  it('takes the status of the code', () => {
    expect(refusalOf(new PortalError('forbidden', 'no'), remedyInShell)).toMatchObject({ code: 403, message: 'no' });
    const unknown = refusalOf(new PortalError('authentication-required', 'No token.'), remedyInShell);
    expect(unknown.message).toBe('No token. Sign in to Curfew again, then open a new shell.');
    const busy = refusalOf(new PortalError('overloaded', 'x', { retryAfterMs: 1500 }), remedyInShell);
    expect(busy.retryAfterSeconds).toBe(2);
  });

  it('takes no bug for a refusal', () => {
    expect(() => refusalOf(new TypeError('bug'), remedyInShell)).toThrow('bug');
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
        { reason: 'limitScope', message: 'system' },
        { reason: 'endedAt', message: '2026-01-01T10:00:00.000Z' },
      ],
    },
  });
  const causes = failureStatus(401, 'x', { at, reason: 'revoked', limit: null }).details?.causes;
  expect(causes?.map(({ reason }) => reason)).toEqual(['endReason', 'endedAt']);
  const scope = { kind: 'cluster', id: 'local' } as const;
  const ofCluster = failureStatus(401, 'x', { ...end, limit: { ...limit, scope } });
  expect(ofCluster.details?.causes).toContainEqual({ reason: 'limitScope', message: 'cluster local' });
  expect(failureStatus(403, 'x', null)).not.toHaveProperty('details');
});

describe('endedRefusal', () => {
  it('sends nobody to sign in again where only the server went: the next one is to be asked', () => {
    const refused = endedRefusal({ at, reason: 'shutdown', limit: null }, remedyInShell);
    expect(refused).toMatchObject({ code: 503, retryAfterSeconds: 1, end: null });
    expect(refused.message).toMatch(/Your Kubernetes session goes on\. Try again\.$/);
  });
});
