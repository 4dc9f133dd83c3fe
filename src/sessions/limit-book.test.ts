import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { deadlineOf } from '../core/deadline.ts';
import { SYSTEM_SCOPE, isWithin } from '../core/limits.ts';
import type { LimitPeriod, Scope, Whereabouts } from '../core/limits.ts';
import { LimitBook } from './limit-book.ts';

const KEYS = ['MaximumK8sSessionDuration', 'K8sSessionInactivityTimeout'] as const;
const SCOPES: readonly Scope[] = [
  SYSTEM_SCOPE,
  { kind: 'cluster', id: 'c1' },
  { kind: 'cluster', id: 'c2' },
  // Of the same id as a cluster, and yet something else.
  { kind: 'tenant', id: 'c2', name: 'team-a' },
];
const PLACES: readonly Whereabouts[] = [
  { clusterId: 'c1', tenantId: null },
  { clusterId: 'c1', tenantId: 'c2' },
  { clusterId: 'c2', tenantId: null },
  { clusterId: 'c3', tenantId: null },
];
const [WHOLE_C1, IN_TENANT, WHOLE_C2, WHOLE_C3] = PLACES;
interface Change {
  readonly key: (typeof KEYS)[number];
  readonly scope: Scope;
  readonly minutes: number | null;
  readonly waitMs: number;
}

const anyInstant = fc.nat(40).map((count) => count * MINUTE_MS);
const anyChange: fc.Arbitrary<Change> = fc.record({
  key: fc.constantFrom(...KEYS),
  scope: fc.constantFrom(...SCOPES),
  minutes: fc.option(fc.integer({ min: 1, max: 30 })),
  waitMs: fc.constantFrom(0, 1, MINUTE_MS, 7 * MINUTE_MS),
});
const anyChanges = fc.array(anyChange, { maxLength: 8 });
const anyPlace = fc.constantFrom(...PLACES);

/** A book in which these changes came one after the other, what a store tells of them, and when the last one came. */
function write(changes: readonly Change[]) {
  const book = new LimitBook();
  let stored: LimitPeriod[] = [];
  let at = 10 * MINUTE_MS;
  for (const { key, scope, minutes, waitMs } of changes) {
    at += waitMs;
    book.change({ key, scope, minutes, at });
    stored = stored.map((period) =>
      period.key === key && period.scope === scope && period.toAt === null ? { ...period, toAt: at } : period,
    );
    if (minutes !== null) stored.push({ key, scope, minutes, fromAt: at, toAt: null });
  }
  return { book, stored, at };
}

/** Whether a rule says that a session is over, and whether its deadline does. */
function compare(book: LimitBook, session: { startedAt: number; lastActivityAt: number } & Whereabouts, now: number) {
  const { startedAt, lastActivityAt } = session;
  const byRule = book
    .overRules('kubernetes', now)
    .filter(({ within = SYSTEM_SCOPE }) => isWithin(session, within))
    .some((rule) => startedAt <= rule.startedUntil && (startedAt <= rule.startedBy || lastActivityAt <= rule.activeBy));
  const deadline = deadlineOf(session, book.limitsOf({ ...session, kind: 'kubernetes' }, now), null);
  return { byRule, byDeadline: deadline.at <= now };
}

describe('the rules of what is over', () => {
  it('say of every session what its deadline says, whatever changed when, and for whom', () => {
    fc.assert(
      fc.property(
        anyChanges,
        anyPlace,
        anyInstant,
        anyInstant,
        anyInstant,
        (changes, place, started, active, later) => {
          const { book, at } = write(changes);
          const now = Math.max(at, started + active) + later;
          for (const startedAt of [started, at - 1, at, at + 1].filter((each) => each <= now)) {
            const session = { ...place, startedAt, lastActivityAt: Math.min(now, startedAt + active) };
            const { byRule, byDeadline } = compare(book, session, now);
            expect(byRule).toBe(byDeadline);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stay few, and miss nothing, however often a limit was loosened', () => {
    const book = new LimitBook();
    const set = (minutes: number, scope: Scope) =>
      book.change({ key: KEYS[0], scope, minutes, at: minutes * MINUTE_MS });
    for (const scope of SCOPES) for (let minutes = 1; minutes <= 80; minutes++) set(minutes, scope);
    const now = 81 * MINUTE_MS;
    expect(book.overRules('kubernetes', now).length).toBeLessThanOrEqual(100);
    for (const place of PLACES) {
      for (let startedAt = 0; startedAt <= now; startedAt += MINUTE_MS) {
        const { byRule, byDeadline } = compare(book, { ...place, startedAt, lastActivityAt: now }, now);
        expect(byRule || !byDeadline).toBe(true);
      }
      expect(compare(book, { ...place, startedAt: now, lastActivityAt: now }, now).byRule).toBe(false);
    }
  });

  it('stay few, and miss nothing, however many scopes have limits', () => {
    const book = new LimitBook();
    for (let index = 1; index <= 200; index++) {
      const scope = { kind: 'tenant', id: `t${index}` } as const;
      book.change({ key: KEYS[index % 2] ?? KEYS[0], scope, minutes: 1 + (index % 29), at: index });
    }
    const now = 60 * MINUTE_MS;
    expect(book.overRules('kubernetes', now).length).toBeLessThanOrEqual(100);
    expect(book.overRules('portal', now)).toHaveLength(1);
    for (let index = 1; index <= 200; index++) {
      for (let age = 0; age < 31; age++) {
        const at = now - age * MINUTE_MS;
        const session = { clusterId: 'c1', tenantId: `t${index}`, startedAt: at, lastActivityAt: at };
        const { byRule, byDeadline } = compare(book, session, now);
        expect(byRule || !byDeadline).toBe(true);
      }
    }
  });
});

describe('the limits of a session', () => {
  it('are the same from changes one by one as from the store, as after a restart', () => {
    fc.assert(
      fc.property(anyChanges, anyPlace, anyInstant, (changes, place, startedAt) => {
        const { book, stored, at } = write(changes);
        const restarted = new LimitBook();
        restarted.load(stored);
        const now = Math.max(at, startedAt);
        const session = { ...place, kind: 'kubernetes', startedAt } as const;
        expect(restarted.limitsOf(session, now)).toEqual(book.limitsOf(session, now));
        expect(restarted.load(stored)).toBe(false);
      }),
    );
  });

  it('do not depend on changes for scopes that the session is not in', () => {
    fc.assert(
      fc.property(anyChanges, anyPlace, anyInstant, (changes, place, startedAt) => {
        const { book, at } = write(changes);
        const own = new LimitBook();
        let ownAt = 10 * MINUTE_MS;
        for (const { waitMs, ...change } of changes) {
          ownAt += waitMs;
          if (isWithin(place, change.scope)) own.change({ ...change, at: ownAt });
        }
        const session = { ...place, kind: 'kubernetes', startedAt } as const;
        const now = Math.max(at, startedAt);
        expect(book.limitsOf(session, now)).toEqual(own.limitsOf(session, now));
      }),
    );
  });

  it('name the scope that decides, and are one object for all that have the same', () => {
    const book = new LimitBook();
    const limitsAt = (place: Whereabouts | undefined) =>
      book.limitsOf({ clusterId: null, tenantId: null, ...place, kind: 'kubernetes', startedAt: 20 }, 30);
    expect(limitsAt(WHOLE_C1)).toBe(limitsAt(WHOLE_C3));
    book.change({ key: KEYS[0], scope: { kind: 'cluster', id: 'c1' }, minutes: 40, at: 10 });
    book.change({ key: KEYS[0], scope: { kind: 'tenant', id: 'c2', name: 'team-a' }, minutes: 20, at: 10 });
    expect(limitsAt(WHOLE_C1).duration).toMatchObject({ minutes: 40, scope: { kind: 'cluster', id: 'c1' } });
    expect(limitsAt(IN_TENANT).duration).toMatchObject({ minutes: 20, scope: { kind: 'tenant', name: 'team-a' } });
    expect(limitsAt(WHOLE_C2).duration).toMatchObject({ minutes: 60, scope: SYSTEM_SCOPE });
    expect(limitsAt(WHOLE_C2)).toBe(limitsAt(WHOLE_C3));
    expect(limitsAt(IN_TENANT)).toBe(limitsAt(IN_TENANT));
    expect(book.change({ key: KEYS[0], scope: { kind: 'cluster', id: 'c1' }, minutes: null, at: 40 })).toBeNull();
    expect(book.inForce(KEYS[0], { kind: 'cluster', id: 'c1' }, 40)).toBeNull();
    expect(book.inForce(KEYS[0], { kind: 'tenant', id: 'c2' }, 40)?.minutes).toBe(20);
    expect(book.minutes(KEYS[0], 40)).toBe(60);
  });
});
