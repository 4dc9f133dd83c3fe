import { SYSTEM_SCOPE } from '../../core/limits.ts';
import type { SettingStore } from '../../sessions/ports.ts';
import { contains, pageOf } from './tables.ts';
import type { Tables } from './tables.ts';

/** System Config, its history and the limits' periods in memory. */
export function createMemorySettingStore(tables: Tables): SettingStore {
  const { settings, settingChanges, audit } = tables;
  return {
    async listSettings() {
      return [...settings.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
    },
    async writeSetting({ type, key, value, by, at, otherKey }, limit, record) {
      if (value !== null && otherKey !== undefined && settings.has(otherKey)) return 'other-key';
      const before = settings.get(key) ?? null;
      if (before === null && value === null) return null;
      if (value === null) settings.delete(key);
      else settings.set(key, { type, key, value, setBy: by, setAt: at });
      settingChanges.push({ at, by, type, key, before: before?.value ?? null, after: value });
      if (limit !== null) {
        tables.periods = tables.periods.map((period) =>
          period.key === limit.key && period.toAt === null ? { ...period, toAt: at } : period,
        );
        const { minutes } = limit;
        if (minutes !== null)
          tables.periods.push({ key: limit.key, scope: SYSTEM_SCOPE, minutes, fromAt: at, toAt: null });
      }
      audit.push(record);
      return before;
    },
    async listLimitPeriods() {
      const ofScopes = tables.scopePeriods.map(({ setBy: _setBy, ...period }) => period);
      return [...tables.periods, ...ofScopes];
    },
    async listSettingChanges(query) {
      const matching = settingChanges.filter(
        ({ key, by }) => contains(key, query.search) || contains(by, query.search),
      );
      return pageOf(matching.toReversed(), query);
    },
  };
}
