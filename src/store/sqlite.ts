import { Kysely } from 'kysely';
import { migrateSqlite } from './migrate.ts';
import { createSqliteDialect, openSqliteFile } from './node-sqlite.ts';
import type { Database } from './schema.ts';
import { createSqlAuditStore } from './sql/audit-store.ts';
import { createSqlSessionStore } from './sql/session-store.ts';
import { createSqlSettingStore } from './sql/setting-store.ts';
import { createSqlUserStore } from './sql/user-store.ts';
import type { Store } from './store.ts';

/**
 * Opens the embedded database, brings it up to date, and returns the store on it.
 *
 * @param path the file; it is made with mode 0600 by the process's umask
 * @throws when it cannot be opened or brought up to date, or is newer than this program
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const database = openSqliteFile(path);
  const db = new Kysely<Database>({ dialect: createSqliteDialect(database) });
  await migrateSqlite(database, db).catch((error: unknown) => {
    database.close();
    throw error;
  });
  return {
    ...createSqlSessionStore(db),
    ...createSqlSettingStore(db),
    ...createSqlUserStore(db),
    ...createSqlAuditStore(db),
    async ping() {
      await db.selectFrom('secrets').select('name').limit(1).execute();
    },
    close: () => db.destroy(),
  };
}
