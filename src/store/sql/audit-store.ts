import { sql } from 'kysely';
import type { AuditStore, SecretStore } from '../store.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord, auditRecordOf, containing } from './rows.ts';
import type { Db } from './rows.ts';
import { count } from './rows.ts';

/** The record of what happened, and the portal's own sealed secrets, in SQL. */
export function createSqlAuditStore(db: Db, { like }: Dialect): AuditStore & SecretStore {
  return {
    appendAudit: (record) => appendRecord(db, record),

    async listAudit({ search, order = 'desc', offset, limit }) {
      const pattern = containing(search);
      let matching = db.selectFrom('audit');
      if (search !== '') {
        matching = matching.where(
          sql<boolean>`sentence ${like} ${pattern} escape '\\' or event ${like} ${pattern} escape '\\' or actor ${like} ${pattern} escape '\\'`,
        );
      }
      const total = await count(matching);
      const rows = await matching.selectAll().orderBy('id', order).offset(offset).limit(limit).execute();
      return { items: rows.map(auditRecordOf), total };
    },

    async findSecret(name) {
      const row = await db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirst();
      return row?.sealed ?? null;
    },

    async storeSecretOnce(name, sealed) {
      await db
        .insertInto('secrets')
        .values({ name, sealed })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const row = await db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirstOrThrow();
      return row.sealed;
    },
  };
}
