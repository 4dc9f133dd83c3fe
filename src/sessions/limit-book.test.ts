import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { deadlineOf } from '../core/deadline.ts';
import { LimitBook } from './limit-book.ts';

const KEYS = ['AuthorizationTokenSessionDuration', 'AuthorizationTokenInactivityTimeout'] as const;
const anyInstant = fc.nat(40).map((count) => count * MINUTE_MS);
const anyChange = fc.record({
  key: fc.constantFrom(...KEYS),
  minutes: fc.option(fc.integer({ min: 1, max: 30 })),
  waitMs: fc.constantFrom(0, 1, MINUTE_MS, 7 * MINUTE_MS),
});

/** Whether a rule says that a session is over, and whether its deadline does. */
function compare(book: LimitBook, session: { startedAt: number; lastActivityAt: number }, now: number) {
  const { startedAt, lastActivityAt } = session;
  const byRule = book
    .overRules('portal', now)
    .some((rule) => startedAt <= rule.startedUntil && (startedAt <= rule.startedBy || lastActivityAt <= rule.activeBy));
  const deadline = deadlineOf(session, book.limitsOf({ kind: 'portal', startedAt }, now), null);
  return { byRule, byDeadline: deadline.at <= now };
}

describe('the rules of what is over', () => {
  it('say of every session what its deadline says, whatever changed when', () => {
    fc.assert(
      fc.property(
        fc.array(anyChange, { maxLength: 6 }),
        anyInstant,
        anyInstant,
        anyInstant,
        (changes, started, active, later) => {
          const book = new LimitBook();
          let at = 10 * MINUTE_MS;
          for (const { key, minutes, waitMs } of changes) book.change(key, minutes, (at += waitMs));
          const now = Math.max(at, started + active) + later;
          for (const startedAt of [started, at - 1, at, at + 1].filter((each) => each <= now)) {
            const { byRule, byDeadline } = compare(
              book,
              { startedAt, lastActivityAt: Math.min(now, startedAt + active) },
              now,
            );
            expect(byRule).toBe(byDeadline);
          }
        },
      ),
    );
  });

  it('stay few, and miss nothing, however often a limit was loosened', () => {
    const book = new LimitBook();
    for (let minutes = 1; minutes <= 80; minutes++) book.change(KEYS[0], minutes, minutes * MINUTE_MS);
    const now = 81 * MINUTE_MS;
    expect(book.overRules('portal', now).length).toBeLessThanOrEqual(50);
    for (let startedAt = 0; startedAt <= now; startedAt += MINUTE_MS) {
      const { byRule, byDeadline } = compare(book, { startedAt, lastActivityAt: now }, now);
      expect(byRule || !byDeadline).toBe(true);
    }
    expect(compare(book, { startedAt: now, lastActivityAt: now }, now).byRule).toBe(false);
  });
});
