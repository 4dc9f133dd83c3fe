import { overWhen } from '../core/deadline.ts';
import { SYSTEM_SCOPE, minutesInForce, sessionLimits } from '../core/limits.ts';
import type { Limit, LimitPeriod, Scope, SessionLimits } from '../core/limits.ts';
import type { CatalogueKey } from '../core/catalogue.ts';
import { catalogueEntry } from '../core/catalogue.ts';
import type { Session } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { OverRule } from './ports.ts';

/** A store is asked by all of them in one statement. */
const MOST_RULES = 50;

/** The limits' history in memory: what is in force, and what has been since a session started. */
export class LimitBook {
  #periods: LimitPeriod[] = [];
  /** When the newest change was made, by the clock of whoever made it. */
  #changedAt = 0;
  /** The limits given last, so that the many sessions that have equal ones share them. */
  readonly #given = new Map<SessionKind, SessionLimits>();

  /** Replaces everything by what the store holds. @returns whether that is something else than before */
  load(periods: readonly LimitPeriod[]): boolean {
    const before = JSON.stringify(inOrder(this.#periods));
    this.#periods = inOrder(periods);
    this.#changedAt = Math.max(0, ...periods.flatMap(({ fromAt, toAt }) => [fromAt, toAt ?? 0]));
    return JSON.stringify(this.#periods) !== before;
  }

  /**
   * Notes that a system-wide limit changed at `at`.
   *
   * @param minutes the new value; null where the default returned
   * @returns the limit now in force
   */
  change(key: CatalogueKey, minutes: number | null, at: number): Limit {
    this.#periods = this.#periods.map((period) =>
      period.key === key && period.toAt === null ? { ...period, toAt: at } : period,
    );
    this.#changedAt = Math.max(this.#changedAt, at);
    if (minutes !== null) this.#periods.push({ key, scope: SYSTEM_SCOPE, minutes, fromAt: at, toAt: null });
    return { key, scope: SYSTEM_SCOPE, minutes: minutes ?? catalogueEntry(key).defaultMinutes };
  }

  limitsOf(session: Pick<Session, 'kind' | 'startedAt'>, now: number): SessionLimits {
    // What stands is in force, though another replica's clock, which is ahead of this one, wrote when.
    const limits = sessionLimits(session, scopesOf(), this.#periods, Math.max(now, this.#changedAt));
    const given = this.#given.get(session.kind);
    if (given !== undefined && isSame(given.duration, limits.duration) && isSame(given.inactivity, limits.inactivity)) {
      return given;
    }
    this.#given.set(session.kind, limits);
    return limits;
  }

  /**
   * Which sessions of a kind are over by their own limits: those for which any rule holds. The later a session started,
   * the less strict its limits are, so a rule is for those that started at an instant or before it.
   */
  overRules(kind: SessionKind, now: number): readonly OverRule[] {
    const changes = new Set(this.#periods.flatMap(({ fromAt, toAt }) => (toAt === null ? [fromAt] : [fromAt, toAt])));
    const rules: OverRule[] = [];
    for (const startedUntil of [...[...changes].toSorted((a, b) => a - b), Number.MAX_SAFE_INTEGER]) {
      const rule = { ...overWhen(this.limitsOf({ kind, startedAt: startedUntil }, now), now), startedUntil };
      const before = rules.at(-1);
      if (before?.startedBy === rule.startedBy && before.activeBy === rule.activeBy) rules.pop();
      rules.push(rule);
      // The stricter one for both is too much for some, and too little for none.
      const [oldest, next] = rules;
      if (rules.length > MOST_RULES && oldest !== undefined && next !== undefined)
        rules.splice(0, 2, { ...oldest, startedUntil: next.startedUntil });
    }
    return rules;
  }

  minutes(key: CatalogueKey, now: number): number {
    return minutesInForce(key, this.#periods, now);
  }
}

function inOrder(periods: readonly LimitPeriod[]): LimitPeriod[] {
  return periods
    .map(({ key, scope, minutes, fromAt, toAt }) => ({ key, scope, minutes, fromAt, toAt }))
    .toSorted((a, b) => a.fromAt - b.fromAt || a.key.localeCompare(b.key));
}

function isSame(one: Limit | null, other: Limit | null): boolean {
  if (one === null || other === null) return one === other;
  const { kind, id } = other.scope;
  return one.key === other.key && one.minutes === other.minutes && one.scope.kind === kind && one.scope.id === id;
}

/** The scopes whose limits bind a session. Clusters, tenants and roles carry no limits of their own yet. */
function scopesOf(): readonly Scope[] {
  return [SYSTEM_SCOPE];
}
