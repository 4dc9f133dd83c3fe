import { isSameScope } from '../../core/limits.ts';
import type { Scope } from '../../core/limits.ts';
import type { ScopeLimit, ScopeLimitStore } from '../../sessions/ports.ts';
import { by } from './tables.ts';
import type { Tables } from './tables.ts';

/** Limits of clusters and tenants in memory. */
export function createMemoryScopeLimitStore(tables: Tables): ScopeLimitStore {
  const standing = (wanted: Scope): ScopeLimit[] =>
    tables.scopePeriods
      .filter(({ scope, toAt }) => toAt === null && isSameScope(scope, wanted))
      .map(({ key, scope, minutes, setBy, fromAt }) => ({ key, scope, minutes, setBy, setAt: fromAt }))
      .toSorted(by(({ key }) => key, 'asc'));
  return {
    async listScopeLimits(scope) {
      return standing(scope);
    },
    async writeScopeLimit({ key, scope, minutes, at, by: setBy }, record) {
      const before = standing(scope).find((each) => each.key === key) ?? null;
      if (before === null && minutes === null) return null;
      tables.scopePeriods = tables.scopePeriods.map((period) =>
        period.key === key && period.toAt === null && isSameScope(period.scope, scope)
          ? { ...period, toAt: at }
          : period,
      );
      if (minutes !== null) tables.scopePeriods.push({ key, scope, minutes, setBy, fromAt: at, toAt: null });
      tables.audit.push(record);
      return before;
    },
  };
}
