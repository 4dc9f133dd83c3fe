import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogueKey } from './catalogue.ts';
import { SYSTEM_SCOPE, isWithin, limitInForce, minutesInForce, sessionLimits, stricter } from './limits.ts';
import type { Limit, LimitPeriod, Scope } from './limits.ts';

const KEY = 'AuthorizationTokenSessionDuration';
const period = (minutes: number, fromAt: number, toAt: number | null, scope: Scope = SYSTEM_SCOPE): LimitPeriod => {
  return { key: KEY, scope, minutes, fromAt, toAt };
};
const durationOf = (
  startedAt: number,
  periods: readonly LimitPeriod[],
  now: number,
  scopes: readonly Scope[] = [SYSTEM_SCOPE],
) => sessionLimits({ kind: 'portal', startedAt }, scopes, periods, now).duration?.minutes;

describe('sessionLimits', () => {
  it('takes the default where nothing was ever set', () => {
    expect(durationOf(0, [], 100)).toBe(480);
  });

  it('takes the smallest value in force since the start', () => {
    const history = [period(60, 10, 20), period(30, 20, 30), period(90, 30, null)];
    expect(durationOf(15, history, 40)).toBe(30);
    expect(durationOf(25, history, 40)).toBe(30);
    expect(durationOf(31, history, 40)).toBe(90);
  });

  it('counts the default where no period covered an instant', () => {
    const history = [period(900, 10, 20), period(800, 30, null)];
    expect(durationOf(15, history, 40)).toBe(480);
    expect(durationOf(15, history, 19)).toBe(900);
    expect(durationOf(31, history, 40)).toBe(800);
  });

  it('binds a session that started in the millisecond of a change by both values', () => {
    const history = [period(60, 0, 10), period(90, 10, null)];
    expect(durationOf(10, history, 10)).toBe(60);
    expect(durationOf(11, history, 12)).toBe(90);
    expect(durationOf(10, [period(900, 10, null)], 20)).toBe(480);
  });

  it('takes the strictest of all scopes that apply, and none of others', () => {
    const role: Scope = { kind: 'role', id: 'User' };
    const history = [
      period(60, 0, null),
      period(20, 0, null, role),
      period(5, 0, null, { kind: 'role', id: 'Administrator' }),
    ];
    const { duration } = sessionLimits({ kind: 'portal', startedAt: 1 }, [SYSTEM_SCOPE, role], history, 2);
    expect(duration).toEqual({ key: KEY, scope: role, minutes: 20 });
  });

  it('has no limit where inactivity is off', () => {
    const off: LimitPeriod = { ...period(0, 0, null), key: 'AuthorizationTokenInactivityTimeout' };
    expect(sessionLimits({ kind: 'portal', startedAt: 1 }, [SYSTEM_SCOPE], [off], 2).inactivity).toBeNull();
  });

  it('keeps a limit that was switched off after the session had started', () => {
    const key: CatalogueKey = 'AuthorizationTokenInactivityTimeout';
    const history: LimitPeriod[] = [
      { ...period(15, 0, 10), key },
      { ...period(0, 10, null), key },
    ];
    expect(sessionLimits({ kind: 'portal', startedAt: 5 }, [SYSTEM_SCOPE], history, 20).inactivity?.minutes).toBe(15);
  });
});

describe('sessionLimits, against every instant one by one', () => {
  const anyChanges = fc.array(fc.record({ wait: fc.nat(4), minutes: fc.option(fc.integer({ min: 1, max: 900 })) }), {
    maxLength: 8,
  });

  it('finds the smallest value that was in force at some instant since the start', () => {
    fc.assert(
      fc.property(anyChanges, fc.nat(20), fc.nat(20), (changes, startedAt, age) => {
        const now = startedAt + age;
        // Within one millisecond nobody knows the order, so before and after a change both count at its instant.
        let [value, at, cleared] = [480, 0, false];
        const inForce: number[][] = Array.from({ length: now + 1 }, () => []);
        const periods: LimitPeriod[] = [];
        const hold = (until: number) => {
          for (let each = at; each <= Math.min(until, now); each++) inForce[each]?.push(value);
        };
        for (const { wait, minutes } of changes) {
          // A default that returned and was replaced within one millisecond leaves no trace in the history.
          const changedAt = at + (cleared ? Math.max(1, wait) : wait);
          hold(changedAt);
          const last = periods.at(-1);
          if (last?.toAt === null) periods.splice(-1, 1, { ...last, toAt: changedAt });
          if (minutes !== null) periods.push(period(minutes, changedAt, null));
          [value, at, cleared] = [minutes ?? 480, changedAt, minutes === null];
        }
        hold(now);
        const known = periods.filter(({ fromAt }) => fromAt <= now);
        const smallest = Math.min(...inForce.slice(startedAt).flat());
        expect(durationOf(startedAt, known, now)).toBe(smallest);
        expect(durationOf(startedAt, known.toReversed(), now)).toBe(smallest);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a narrower scope', () => {
  const cluster: Scope = { kind: 'cluster', id: 'c1' };
  const tenant: Scope = { kind: 'tenant', id: 't1', name: 'team-a' };

  it('has no limit where none was set, and no default', () => {
    const history = [period(900, 0, null), period(20, 10, 20, cluster)];
    const at = (startedAt: number) => durationOf(startedAt, history, 40, [SYSTEM_SCOPE, cluster]);
    expect([0, 10, 20, 21].map(at)).toEqual([20, 20, 20, 900]);
    expect(limitInForce(KEY, cluster, history, 15)?.minutes).toBe(20);
    expect(limitInForce(KEY, cluster, history, 20)).toBeNull();
    expect(limitInForce(KEY, tenant, history, 15)).toBeNull();
  });

  it('keeps the name that it had when the limit was set', () => {
    const history = [period(20, 0, null, tenant)];
    const { duration } = sessionLimits(
      { kind: 'portal', startedAt: 1 },
      [SYSTEM_SCOPE, { kind: 'tenant', id: 't1' }],
      history,
      2,
    );
    expect(duration?.scope).toEqual(tenant);
  });

  it('binds who is in it', () => {
    const inTenant = { clusterId: 'c1', tenantId: 't1' };
    const whole = { clusterId: 'c1', tenantId: null };
    const portal = { clusterId: null, tenantId: null };
    for (const where of [inTenant, whole, portal]) expect(isWithin(where, SYSTEM_SCOPE)).toBe(true);
    expect([inTenant, whole, portal].map((where) => isWithin(where, cluster))).toEqual([true, true, false]);
    expect([inTenant, whole, portal].map((where) => isWithin(where, tenant))).toEqual([true, false, false]);
    expect(isWithin(inTenant, { kind: 'cluster', id: 't1' })).toBe(false);
    expect(isWithin(inTenant, { kind: 'role', id: 'c1' })).toBe(false);
  });
});

describe('minutesInForce', () => {
  it('is the value now, whatever was before', () => {
    const history = [period(60, 0, 10), period(90, 10, 20)];
    expect([5, 10, 19, 20].map((now) => minutesInForce(KEY, history, now))).toEqual([60, 90, 90, 480]);
  });
});

describe('stricter', () => {
  const limit = (minutes: number, id = ''): Limit => ({ key: KEY, scope: { kind: 'system', id }, minutes });
  it('prefers the smaller, then the first, and counts off as no limit', () => {
    expect(stricter(limit(5), limit(3))).toEqual(limit(3));
    expect(stricter(limit(5, 'a'), limit(5, 'b'))).toEqual(limit(5, 'a'));
    expect(stricter(limit(5), limit(0))).toEqual(limit(5));
    expect(stricter(limit(0), limit(5))).toEqual(limit(5));
    expect(stricter(null, null)).toBeNull();
  });
});
