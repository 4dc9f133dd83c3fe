import { overWhen } from '../core/deadline.ts';
import { SYSTEM_SCOPE, isSameScope, limitInForce, minutesInForce, sessionLimits } from '../core/limits.ts';
import type { Limit, LimitChange, LimitPeriod, Scope, SessionLimits, Whereabouts } from '../core/limits.ts';
import type { CatalogueKey } from '../core/catalogue.ts';
import { catalogueEntry } from '../core/catalogue.ts';
import type { Session } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { OverRule } from './ports.ts';

/** A store is asked by all of them in one statement: so many of the system, and so many of all other scopes. */
const MOST_RULES = 50;

/** All that was ever set for one scope. */
interface History {
  readonly scope: Scope;
  readonly periods: readonly LimitPeriod[];
}

/** What binds the sessions that are in the same scopes, as far as anything was ever set for these. */
interface Binding {
  /** From the widest to the narrowest. */
  readonly scopes: readonly Scope[];
  readonly periods: readonly LimitPeriod[];
  /** The limits given last, so that the many sessions that have equal ones share them. */
  readonly given: Map<SessionKind, SessionLimits>;
}

/** The limits' history in memory: what is in force, and what has been since a session started. */
export class LimitBook {
  /** By scopes as texts. */
  #histories: ReadonlyMap<string, History> = new Map();
  /** When the newest change was made, by the clock of whoever made it. */
  #changedAt = 0;
  readonly #bindings = new Map<string, Binding>();

  /** Replaces everything by what the store holds. @returns whether that is something else than before */
  load(periods: readonly LimitPeriod[]): boolean {
    const before = this.#asText();
    this.#changedAt = periods.reduce((latest, { fromAt, toAt }) => Math.max(latest, fromAt, toAt ?? 0), 0);
    this.#keep(inOrder(periods));
    return this.#asText() !== before;
  }

  /**
   * Notes that a limit changed.
   *
   * @returns the limit now in force for its scope; null where there is none any more
   */
  change({ key, scope, minutes, at }: LimitChange): Limit | null {
    const periods = this.#all().map((period) =>
      period.key === key && isSameScope(period.scope, scope) && period.toAt === null ? { ...period, toAt: at } : period,
    );
    this.#changedAt = Math.max(this.#changedAt, at);
    this.#keep(minutes === null ? periods : [...periods, { key, scope, minutes, fromAt: at, toAt: null }]);
    if (minutes === null && scope.kind !== 'system') return null;
    return { key, scope, minutes: minutes ?? catalogueEntry(key).defaultMinutes };
  }

  limitsOf(session: Pick<Session, 'kind' | 'startedAt'> & Whereabouts, now: number): SessionLimits {
    const binding = this.#bindingOf(session);
    const limits = this.#limitsBy(binding, session, now);
    const given = binding.given.get(session.kind);
    if (given !== undefined && isSame(given.duration, limits.duration) && isSame(given.inactivity, limits.inactivity)) {
      return given;
    }
    binding.given.set(session.kind, limits);
    return limits;
  }

  /**
   * Which sessions of a kind are over by their own limits: those for which any rule holds, one of the system's or of
   * another scope that they are in. Rules may say that of too many where there are many, and never of too few.
   */
  overRules(kind: SessionKind, now: number): readonly OverRule[] {
    const rules = this.#rulesOf(this.#historyOf(SYSTEM_SCOPE), kind, now);
    const narrower = [...this.#histories.values()]
      .filter(({ scope }) => scope.kind !== 'system')
      .flatMap((history) => this.#rulesOf(history, kind, now).map((rule) => ({ ...rule, within: history.scope })))
      .filter(({ startedBy, activeBy }) => startedBy >= 0 || activeBy >= 0)
      // The loosest are put together: they find the fewest that are not over.
      .toSorted((a, b) => Math.max(b.startedBy, b.activeBy) - Math.max(a.startedBy, a.activeBy));
    const tooMany = narrower.splice(narrower.length > MOST_RULES ? MOST_RULES - 1 : MOST_RULES);
    return [...rules, ...narrower, ...(tooMany.length === 0 ? [] : [anyOf(tooMany)])];
  }

  /** The value of a setting for the system, in minutes: the stored one or the default. */
  minutes(key: CatalogueKey, now: number): number {
    return minutesInForce(key, this.#historyOf(SYSTEM_SCOPE).periods, now);
  }

  /** What is set for a scope; null where nothing is. */
  inForce(key: CatalogueKey, scope: Scope, now: number): Limit | null {
    return limitInForce(key, scope, this.#historyOf(scope).periods, Math.max(now, this.#changedAt));
  }

  /** The later a session started, the less strict its limits are, so a rule is for those that started at an instant or before it. */
  #rulesOf(history: History, kind: SessionKind, now: number): OverRule[] {
    const changes = new Set(history.periods.flatMap(({ fromAt, toAt }) => (toAt === null ? [fromAt] : [fromAt, toAt])));
    const rules: OverRule[] = [];
    for (const startedUntil of [...[...changes].toSorted((a, b) => a - b), Number.MAX_SAFE_INTEGER]) {
      const binding = { scopes: [history.scope], periods: history.periods };
      const limits = this.#limitsBy(binding, { kind, startedAt: startedUntil }, now);
      const rule = { ...overWhen(limits, now), startedUntil };
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

  #limitsBy(
    { scopes, periods }: Omit<Binding, 'given'>,
    session: Pick<Session, 'kind' | 'startedAt'>,
    now: number,
  ): SessionLimits {
    // What stands is in force, though another replica's clock, which is ahead of this one, wrote when.
    return sessionLimits(session, scopes, periods, Math.max(now, this.#changedAt));
  }

  #bindingOf({ clusterId, tenantId }: Whereabouts): Binding {
    const cluster = clusterId === null ? undefined : this.#histories.get(textOf({ kind: 'cluster', id: clusterId }));
    const tenant = tenantId === null ? undefined : this.#histories.get(textOf({ kind: 'tenant', id: tenantId }));
    // Places without limits of their own share those of the system.
    const place = `${cluster?.scope.id ?? ''}/${tenant?.scope.id ?? ''}`;
    const known = this.#bindings.get(place);
    if (known !== undefined) return known;
    const histories = [this.#historyOf(SYSTEM_SCOPE), cluster, tenant].filter((history) => history !== undefined);
    const scopes = histories.map(({ scope }) => scope);
    const binding: Binding = { scopes, periods: histories.flatMap(({ periods }) => periods), given: new Map() };
    this.#bindings.set(place, binding);
    return binding;
  }

  #historyOf(scope: Scope): History {
    return this.#histories.get(textOf(scope)) ?? { scope, periods: [] };
  }

  #keep(periods: readonly LimitPeriod[]): void {
    const byScope = Map.groupBy(periods, ({ scope }) => textOf(scope));
    this.#histories = new Map(
      [...byScope].map(([text, own]) => [text, { scope: own.at(-1)?.scope ?? SYSTEM_SCOPE, periods: own }]),
    );
    this.#bindings.clear();
  }

  #all(): LimitPeriod[] {
    return [...this.#histories.values()].flatMap(({ periods }) => periods);
  }

  #asText(): string {
    return JSON.stringify(inOrder(this.#all()));
  }
}

function textOf({ kind, id }: Scope): string {
  return `${kind}:${id}`;
}

function inOrder(periods: readonly LimitPeriod[]): LimitPeriod[] {
  return periods
    .map(({ key, scope, minutes, fromAt, toAt }) => ({ key, scope, minutes, fromAt, toAt }))
    .toSorted(
      (a, b) => a.fromAt - b.fromAt || a.key.localeCompare(b.key) || textOf(a.scope).localeCompare(textOf(b.scope)),
    );
}

function isSame(one: Limit | null, other: Limit | null): boolean {
  if (one === null || other === null) return one === other;
  return one.key === other.key && one.minutes === other.minutes && isSameScope(one.scope, other.scope);
}

/** One rule that holds wherever one of these does, and elsewhere too. */
function anyOf(rules: readonly OverRule[]): OverRule {
  return {
    startedUntil: Math.max(...rules.map(({ startedUntil }) => startedUntil)),
    startedBy: Math.max(...rules.map(({ startedBy }) => startedBy)),
    activeBy: Math.max(...rules.map(({ activeBy }) => activeBy)),
  };
}
