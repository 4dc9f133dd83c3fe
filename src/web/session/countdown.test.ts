import { describe, expect, it } from 'vitest';
import { activityIntervalMs, canBeExtended, inactivityEndsAt, timeLeft } from './countdown.ts';
import { NOON, minutesPastNoon, ownSession } from './own-session.fixture.ts';

const MINUTE = 60_000;

describe('timeLeft', () => {
  const own = ownSession();

  it.each([
    [54, 'calm', 6],
    [55, 'warning', 5],
    [58, 'warning', 2],
    [59, 'last', 1],
    [60, 'last', 0],
    [61, 'last', 0],
  ] as const)('is %s after %d minutes', (passed, urgency, left) => {
    expect(timeLeft(own, NOON + passed * MINUTE)).toEqual({ ms: left * MINUTE, urgency });
  });

  it('knows sessions without an end', () => {
    expect(timeLeft({ ...own, endsAt: null }, NOON)).toBeNull();
  });
});

describe('canBeExtended', () => {
  it('holds while inactivity decides, also that of the session above', () => {
    const { endsBy } = ownSession();
    const byDuration = { ...endsBy, key: 'AuthorizationTokenSessionDuration' } as const;
    expect(canBeExtended({ endsBy })).toBe(true);
    expect(canBeExtended({ endsBy: { ...endsBy, reason: 'parent-ended' } })).toBe(true);
    expect(canBeExtended({ endsBy: { ...byDuration, reason: 'max-duration' } })).toBe(false);
    expect(canBeExtended({ endsBy: { ...byDuration, reason: 'parent-ended' } })).toBe(false);
    expect(canBeExtended({ endsBy: { ...endsBy, reason: 'parent-ended', key: null } })).toBe(false);
  });
});

describe('inactivityEndsAt', () => {
  it('is the deadline while inactivity decides', () => {
    expect(inactivityEndsAt(ownSession({ endsAt: minutesPastNoon(70) }))).toBe(NOON + 70 * MINUTE);
  });

  it('counts from the last activity otherwise', () => {
    const own = ownSession();
    expect(inactivityEndsAt({ ...own, endsBy: { ...own.endsBy, reason: 'max-duration' } })).toBe(NOON + 60 * MINUTE);
  });

  it('is never where inactivity is off', () => {
    const own = ownSession({ limits: { duration: null, inactivity: null } });
    expect(inactivityEndsAt({ ...own, endsBy: { ...own.endsBy, reason: 'max-duration' } })).toBeNull();
  });
});

describe('activityIntervalMs', () => {
  it('is a minute, or a quarter of a short timeout', () => {
    expect(activityIntervalMs(ownSession())).toBe(MINUTE);
    const own = ownSession();
    const short = { ...own, limits: { ...own.limits, inactivity: { ...ENDED_LIMIT, value: 1 } } };
    expect(activityIntervalMs(short)).toBe(15_000);
    expect(activityIntervalMs({ ...own, limits: { duration: null, inactivity: null } })).toBe(MINUTE);
  });
});

const ENDED_LIMIT = {
  key: 'AuthorizationTokenInactivityTimeout',
  label: 'Authorization token inactivity timeout',
  scope: { kind: 'system', id: '' },
} as const;
