import { Kysely } from 'kysely';
import { migrateSqlite } from './migrate.ts';
import { createSqliteDialect, openSqliteFile } from './node-sqlite.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sql/dialect.ts';
import { createSqlStore } from './sql/store.ts';
import type { Store } from './store.ts';

/**
 * Opens the embedded database, brings it up to date, and returns the store on it.
 *
 * @param path the file; it is made with mode 0600 by the process's umask
 * @throws when it cannot be opened or brought up to date, or is of a newer program that this one cannot run beside
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const database = openSqliteFile(path);
  const db = new Kysely<Database>({ dialect: createSqliteDialect(database) });
  await migrateSqlite(database, db).catch((error: unknown) => {
    database.close();
    throw error;
  });
  return createSqlStore(db, sqliteDialect, null);
}
