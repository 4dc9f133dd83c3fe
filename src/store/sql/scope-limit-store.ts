import type { Kysely, Selectable } from 'kysely';
import type { CatalogueKey } from '../../core/catalogue.ts';
import type { LimitPeriod, Scope, ScopeKind } from '../../core/limits.ts';
import type { ScopeLimit, ScopeLimitStore } from '../../sessions/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord } from './rows.ts';
import type { Db } from './rows.ts';

/** Limits of clusters and tenants in SQL. */
export function createSqlScopeLimitStore(db: Kysely<Database>, dialect: Dialect): ScopeLimitStore {
  return {
    async listScopeLimits(scope) {
      const rows = await standing(db, scope).selectAll().orderBy('key').execute();
      return rows.map(scopeLimitOf);
    },

    writeScopeLimit: ({ key, scope, minutes, at, by }, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lock(tx, 'settings');
        const row = await standing(tx, scope).selectAll().where('key', '=', key).executeTakeFirst();
        if (row === undefined && minutes === null) return null;
        if (row !== undefined)
          await tx.updateTable('scope_limits').set({ to_at: at }).where('id', '=', row.id).execute();
        if (minutes !== null) {
          const { kind, id, name = null } = scope;
          const columns = { key, scope_kind: kind, scope_id: id, scope_name: name, minutes };
          await tx
            .insertInto('scope_limits')
            .values({ ...columns, set_by: by, from_at: at, to_at: null })
            .execute();
        }
        await appendRecord(tx, record);
        return row === undefined ? null : scopeLimitOf(row);
      }),
  };
}

/** The history of the limits of all scopes but the system. */
export async function listScopePeriods(db: Db): Promise<LimitPeriod[]> {
  const rows = await db.selectFrom('scope_limits').selectAll().orderBy('id').execute();
  return rows.map((row) => ({ ...limitOf(row), fromAt: row.from_at, toAt: row.to_at }));
}

function standing(db: Db, { kind, id }: Scope) {
  return db
    .selectFrom('scope_limits')
    .where('scope_kind', '=', kind)
    .where('scope_id', '=', id)
    .where('to_at', 'is', null);
}

type Row = Selectable<Database['scope_limits']>;

function scopeLimitOf(row: Row): ScopeLimit {
  return { ...limitOf(row), setBy: row.set_by, setAt: row.from_at };
}

function limitOf({ key, scope_kind, scope_id, scope_name, minutes }: Row) {
  const scope: Scope = {
    kind: scope_kind as ScopeKind,
    id: scope_id,
    ...(scope_name !== null && { name: scope_name }),
  };
  return { key: key as CatalogueKey, scope, minutes };
}
