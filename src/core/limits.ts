import { CATALOGUE, catalogueEntry } from './catalogue.ts';
import type { CatalogueKey } from './catalogue.ts';
import type { SessionKind } from './session-kind.ts';

/** Whom a limit concerns, from the widest to the narrowest. */
export const SCOPE_KINDS = ['system', 'cluster', 'tenant', 'role'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

export interface Scope {
  readonly kind: ScopeKind;
  /** Empty for the system. */
  readonly id: string;
  /** What people call it, where that is not its id. */
  readonly name?: string | undefined;
}

export const SYSTEM_SCOPE: Scope = { kind: 'system', id: '' };

/** Where a session is: nowhere but in the portal, at a cluster, or in one tenant of it. */
export interface Whereabouts {
  readonly clusterId: string | null;
  readonly tenantId: string | null;
}

/** Whether a scope's limits bind a session that is there. What one is called tells nothing apart. */
export function isWithin({ clusterId, tenantId }: Whereabouts, { kind, id }: Scope): boolean {
  if (kind === 'system') return true;
  return id === (kind === 'cluster' ? clusterId : kind === 'tenant' ? tenantId : null);
}

export function isSameScope(one: Scope, other: Scope): boolean {
  return one.kind === other.kind && one.id === other.id;
}

/** A value that is in force for a scope. 0 minutes means off. */
export interface Limit {
  readonly key: CatalogueKey;
  readonly scope: Scope;
  readonly minutes: number;
}

/**
 * A stretch of time during which a limit had a value; a `toAt` of null is still going on. Several things can happen
 * within one millisecond, in an order that nobody knows later: a session that started in the millisecond of a change is
 * bound by the old value and by the new one.
 */
export interface LimitPeriod extends Limit {
  readonly fromAt: number;
  readonly toAt: number | null;
}

/** A limit that is set from `at` on; `minutes` null where there is none any more, or the system's default returns. */
export interface LimitChange {
  readonly key: CatalogueKey;
  readonly scope: Scope;
  readonly minutes: number | null;
  readonly at: number;
}

/** What binds one session: the strictest values; null where there is no limit (off). */
export interface SessionLimits {
  readonly duration: Limit | null;
  readonly inactivity: Limit | null;
}

/**
 * The limits of a session: of all scopes that apply, the smallest value in force at any instant from its start until
 * `now`. So tightening acts at once, and loosening only on sessions that start later (design, sections 2.2 and 2.3).
 *
 * @param periods the limits' history; periods of one key and scope do not overlap. Where none covers an instant, the
 *   system's default is in force there.
 */
export function sessionLimits(
  session: { readonly kind: SessionKind; readonly startedAt: number },
  scopes: readonly Scope[],
  periods: readonly LimitPeriod[],
  now: number,
): SessionLimits {
  const strictest = (by: 'duration' | 'inactivity'): Limit | null => {
    const entry = CATALOGUE.find((each) => each.limits?.kind === session.kind && each.limits.by === by);
    if (entry === undefined) return null;
    const candidates = scopes.flatMap((scope) =>
      valuesBetween(entry.key, scope, periods, Math.min(session.startedAt, now), now),
    );
    return candidates.reduce<Limit | null>(stricter, null);
  };
  return { duration: strictest('duration'), inactivity: strictest('inactivity') };
}

/** The value of a setting for the system at `now`, in minutes: the stored one or the default. */
export function minutesInForce(key: CatalogueKey, periods: readonly LimitPeriod[], now: number): number {
  return limitInForce(key, SYSTEM_SCOPE, periods, now)?.minutes ?? catalogueEntry(key).defaultMinutes;
}

/** The value that is stored for a scope at `now`; null where there is none. */
export function limitInForce(
  key: CatalogueKey,
  scope: Scope,
  periods: readonly LimitPeriod[],
  now: number,
): Limit | null {
  const inForce = periods.findLast(
    (period) =>
      period.key === key && isSameScope(period.scope, scope) && period.fromAt <= now && (period.toAt ?? Infinity) > now,
  );
  return inForce === undefined ? null : { key, scope: inForce.scope, minutes: inForce.minutes };
}

/** Of two limits the stricter; the first one where they are equal. Off (0) is no limit. */
export function stricter(first: Limit | null, second: Limit | null): Limit | null {
  if (second === null || second.minutes === 0) return first;
  if (first === null || first.minutes === 0) return second;
  return second.minutes < first.minutes ? second : first;
}

/** Every value that one key had for one scope at some instant of [fromAt, toAt], the default included where it held. */
function valuesBetween(
  key: CatalogueKey,
  scope: Scope,
  periods: readonly LimitPeriod[],
  fromAt: number,
  toAt: number,
): Limit[] {
  const inForce = periods
    .filter((period) => period.key === key && isSameScope(period.scope, scope))
    .filter((period) => period.fromAt <= toAt && (period.toAt ?? Infinity) >= fromAt)
    .toSorted((a, b) => a.fromAt - b.fromAt);
  const values: Limit[] = inForce.map((period) => ({ key, scope: period.scope, minutes: period.minutes }));
  if (scope.kind === 'system' && hasGap(inForce, fromAt, toAt)) {
    values.push({ key, scope, minutes: catalogueEntry(key).defaultMinutes });
  }
  return values;
}

/** Whether some instant of [fromAt, toAt] is in no period; a change at `fromAt` itself leaves one before it. */
function hasGap(sorted: readonly LimitPeriod[], fromAt: number, toAt: number): boolean {
  let coveredUntil = fromAt - 1;
  for (const period of sorted) {
    if (period.fromAt > coveredUntil) return true;
    coveredUntil = Math.max(coveredUntil, period.toAt ?? Number.POSITIVE_INFINITY);
  }
  return coveredUntil <= toAt;
}
