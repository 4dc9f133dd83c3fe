import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from './clock.ts';
import { activityAt, deadlineOf, latestDeadline, warningAt } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { SYSTEM_SCOPE, sessionLimits } from './limits.ts';
import type { Limit, LimitPeriod, SessionLimits } from './limits.ts';

const DURATION = 'AuthorizationTokenSessionDuration';
const INACTIVITY = 'AuthorizationTokenInactivityTimeout';
const limit = (key: Limit['key'], minutes: number): Limit => ({ key, scope: SYSTEM_SCOPE, minutes });

const anyInstant = fc.integer({ min: 0, max: 10_000_000 });
const anyMinutes = fc.integer({ min: 0, max: 200 });
const anyLimits: fc.Arbitrary<SessionLimits> = fc.record({
  duration: fc.option(anyMinutes.map((minutes) => limit(DURATION, minutes))),
  inactivity: fc.option(anyMinutes.map((minutes) => limit(INACTIVITY, minutes))),
});
const anySession = fc
  .tuple(anyInstant, fc.integer({ min: 0, max: 1_000_000 }))
  .map(([startedAt, idle]) => ({ startedAt, lastActivityAt: startedAt + idle }));

/** A history of one setting: changes one after the other, each from an instant on. */
const anyHistory = (key: Limit['key']): fc.Arbitrary<LimitPeriod[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 500_000 }), fc.integer({ min: 1, max: 600 })), { maxLength: 6 })
    .map((changes) => {
      let at = 0;
      const periods = changes.map(([wait, minutes]) => ({
        ...limit(key, minutes),
        fromAt: (at += wait),
        toAt: null as number | null,
      }));
      return periods.map((each, index) => ({ ...each, toAt: periods[index + 1]?.fromAt ?? null }));
    });

describe('deadlineOf', () => {
  it('is exact to the millisecond', () => {
    const limits = { duration: limit(DURATION, 1), inactivity: null };
    expect(deadlineOf({ startedAt: 1234, lastActivityAt: 9999 }, limits, null).at).toBe(61_234);
  });

  it('is the earliest of duration, inactivity and parent, and names what decided', () => {
    fc.assert(
      fc.property(anySession, anyLimits, fc.option(anyInstant), (session, limits, parentAt) => {
        const parent: Deadline | null =
          parentAt === null ? null : { at: parentAt, reason: 'max-duration', limit: limit(DURATION, 7) };
        const deadline = deadlineOf(session, limits, parent);
        const end = (from: number, each: Limit | null) =>
          each === null || each.minutes === 0 ? Infinity : from + each.minutes * MINUTE_MS;
        const candidates = {
          'max-duration': end(session.startedAt, limits.duration),
          inactivity: end(session.lastActivityAt, limits.inactivity),
          'parent-ended': parentAt ?? Infinity,
        };
        expect(deadline.at).toBe(Math.min(...Object.values(candidates)));
        expect(candidates[deadline.reason]).toBe(deadline.at);
        const named = {
          'max-duration': limits.duration,
          inactivity: limits.inactivity,
          'parent-ended': parent?.limit ?? null,
        };
        if (deadline.at < Infinity) expect(deadline.limit).toEqual(named[deadline.reason]);
        else expect(deadline.limit).toBeNull();
      }),
    );
  });

  it('never lets a child outlive its parent', () => {
    fc.assert(
      fc.property(anySession, anyLimits, anySession, anyLimits, (parent, parentLimits, child, childLimits) => {
        const above = deadlineOf(parent, parentLimits, null);
        expect(deadlineOf(child, childLimits, above).at).toBeLessThanOrEqual(above.at);
      }),
    );
  });

  it('never moves later through a settings change', () => {
    fc.assert(
      fc.property(
        anyHistory(DURATION),
        anyHistory(INACTIVITY),
        anySession,
        fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 2, maxLength: 5 }),
        (durations, inactivities, session, waits) => {
          let now = session.lastActivityAt;
          let last = Infinity;
          for (const wait of waits) {
            now += wait;
            const known = [...durations, ...inactivities]
              .filter(({ fromAt }) => fromAt <= now)
              .map((each) => ({ ...each, toAt: each.toAt !== null && each.toAt <= now ? each.toAt : null }));
            const limits = sessionLimits({ kind: 'portal', startedAt: session.startedAt }, [SYSTEM_SCOPE], known, now);
            const { at } = deadlineOf(session, limits, null);
            expect(at).toBeLessThanOrEqual(last);
            last = at;
          }
        },
      ),
    );
  });

  it('prefers to name the session’s own limit, and duration before inactivity', () => {
    const session = { startedAt: 0, lastActivityAt: 0 };
    const limits = { duration: limit(DURATION, 5), inactivity: limit(INACTIVITY, 5) };
    const parent: Deadline = { at: 5 * MINUTE_MS, reason: 'inactivity', limit: limit(INACTIVITY, 9) };
    expect(deadlineOf(session, limits, parent).reason).toBe('max-duration');
    expect(deadlineOf(session, { ...limits, duration: null }, parent).reason).toBe('inactivity');
  });
});

describe('the deadline of an API token', () => {
  const anyTerms = anyInstant.map((expiresAt) => ({ name: 'ci', expiresAt, kubernetes: true }));

  it('is the instant that it was made with, whatever the limits are and whatever is done with it', () => {
    fc.assert(
      fc.property(anySession, anyTerms, anyLimits, (session, apiToken, limits) => {
        const expected = { at: apiToken.expiresAt, reason: 'max-duration', limit: null };
        expect(deadlineOf({ ...session, apiToken }, limits, null)).toEqual(expected);
        expect(latestDeadline({ ...session, apiToken }, limits, null)).toEqual(expected);
      }),
    );
  });

  it('is never outlived by what is opened with it', () => {
    fc.assert(
      fc.property(anySession, anyTerms, anySession, anyLimits, (token, apiToken, child, limits) => {
        const none = { duration: null, inactivity: null };
        const above = deadlineOf({ ...token, apiToken }, none, null);
        const latest = latestDeadline(child, limits, latestDeadline({ ...token, apiToken }, none, null));
        expect(deadlineOf(child, limits, above).at).toBeLessThanOrEqual(apiToken.expiresAt);
        expect(latest.at).toBeLessThanOrEqual(apiToken.expiresAt);
      }),
    );
  });
});

describe('activityAt', () => {
  it('never moves backward and is never in the future', () => {
    fc.assert(
      fc.property(anyInstant, anyInstant, anyInstant, (lastActivityAt, at, later) => {
        const now = lastActivityAt + later;
        const next = activityAt({ lastActivityAt }, at, now);
        expect(next).toBeGreaterThanOrEqual(lastActivityAt);
        expect(next).toBeLessThanOrEqual(now);
      }),
    );
  });
});

describe('latestDeadline', () => {
  it('is the deadline of somebody who never stops, and no deadline is later', () => {
    fc.assert(
      fc.property(anySession, anyLimits, anyLimits, (session, limits, parentLimits) => {
        const parent = deadlineOf(session, parentLimits, null);
        const latest = latestDeadline(session, limits, latestDeadline(session, parentLimits, null));
        const busy = { duration: limits.duration, inactivity: null };
        const busyParent = deadlineOf(session, { duration: parentLimits.duration, inactivity: null }, null);
        expect(latest).toEqual(deadlineOf(session, busy, busyParent));
        expect(deadlineOf(session, limits, parent).at).toBeLessThanOrEqual(latest.at);
      }),
    );
  });

  it('is Infinity without a maximum duration', () => {
    const limits = { duration: null, inactivity: limit(INACTIVITY, 5) };
    expect(latestDeadline({ startedAt: 1 }, limits, null).at).toBe(Infinity);
  });
});

describe('warningAt', () => {
  it('is the lead before the deadline, and never where there is none', () => {
    const deadline = { at: 10 * MINUTE_MS, reason: 'max-duration', limit: null } as const;
    expect(warningAt(deadline, 3)).toBe(7 * MINUTE_MS);
    expect(warningAt({ ...deadline, at: Infinity }, 3)).toBe(Infinity);
  });
});
