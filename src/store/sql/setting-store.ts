import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { CatalogueKey } from '../../core/catalogue.ts';
import type { LimitPeriod, ScopeKind } from '../../core/limits.ts';
import type { Setting, SettingStore } from '../../sessions/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord, containing } from './rows.ts';
import type { Db } from './rows.ts';
import { count } from './rows.ts';
import { listScopePeriods } from './scope-limit-store.ts';

/** System Config, its history and the limits' periods in SQL. */
export function createSqlSettingStore(db: Kysely<Database>, dialect: Dialect): SettingStore {
  return {
    async listSettings() {
      const rows = await db.selectFrom('settings').selectAll().orderBy('key').execute();
      return rows.map(settingOf);
    },

    writeSetting: (change, limit, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lock(tx, 'settings');
        const find = (key: string) => tx.selectFrom('settings').selectAll().where('key', '=', key).executeTakeFirst();
        const { otherKey } = change;
        if (change.value !== null && otherKey !== undefined && (await find(otherKey)) !== undefined) return 'other-key';
        const row = await find(change.key);
        const before = row === undefined ? null : settingOf(row);
        if (before === null && change.value === null) return null;
        await writeRow(tx, change);
        await tx
          .insertInto('setting_changes')
          .values({
            at: change.at,
            by: change.by,
            type: change.type,
            key: change.key,
            before_value: before?.value ?? null,
            after_value: change.value,
          })
          .execute();
        if (limit !== null) await writePeriod(tx, limit.key, limit.minutes, change.at);
        await appendRecord(tx, record);
        return before;
      }),

    async listLimitPeriods() {
      const rows = await db.selectFrom('limit_periods').selectAll().orderBy('id').execute();
      const ofSystem = rows.map((row): LimitPeriod => ({
        key: row.key as CatalogueKey,
        scope: { kind: row.scope_kind as ScopeKind, id: row.scope_id },
        minutes: row.minutes,
        fromAt: row.from_at,
        toAt: row.to_at,
      }));
      return [...ofSystem, ...(await listScopePeriods(db))];
    },

    async listSettingChanges({ search, offset, limit }) {
      const pattern = containing(search);
      const matching = db
        .selectFrom('setting_changes')
        .where(sql<boolean>`key ${dialect.like} ${pattern} escape '\\' or "by" ${dialect.like} ${pattern} escape '\\'`);
      const total = await count(matching);
      const rows = await matching.selectAll().orderBy('id', 'desc').offset(offset).limit(limit).execute();
      const items = rows.map(({ at, by, type, key, before_value, after_value }) => {
        return { at, by, type, key, before: before_value, after: after_value };
      });
      return { items, total };
    },
  };
}

function settingOf(row: { type: string; key: string; value: string; set_by: string; set_at: number }): Setting {
  return { type: row.type, key: row.key, value: row.value, setBy: row.set_by, setAt: row.set_at };
}

async function writeRow(
  tx: Db,
  { type, key, value, by, at }: { type: string; key: string; value: string | null; by: string; at: number },
): Promise<void> {
  if (value === null) {
    await tx.deleteFrom('settings').where('key', '=', key).execute();
    return;
  }
  const columns = { type, value, set_by: by, set_at: at };
  await tx
    .insertInto('settings')
    .values({ key, ...columns })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(columns))
    .execute();
}

async function writePeriod(tx: Db, key: CatalogueKey, minutes: number | null, at: number): Promise<void> {
  await tx.updateTable('limit_periods').set({ to_at: at }).where('key', '=', key).where('to_at', 'is', null).execute();
  if (minutes === null) return;
  await tx
    .insertInto('limit_periods')
    .values({ key, scope_kind: 'system', scope_id: '', minutes, from_at: at, to_at: null })
    .execute();
}
