import { Kysely } from 'kysely';
import type { OpenDatabase } from './copy.ts';
import { MIGRATIONS, migrateSqlite } from './migrate.ts';
import { createSqliteDialect, openSqliteFile } from './node-sqlite.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sql/dialect.ts';
import { createSqlStore } from './sql/store.ts';
import type { Store } from './store.ts';

/**
 * Opens the embedded database, brings it up to date, and returns the store on it.
 *
 * @param path the file; it is made with mode 0600 by the process's umask
 * @param failed told why the file could not be read or written, each time
 * @throws when it cannot be opened or brought up to date, or is of a newer program that this one cannot run beside
 */
export async function openSqliteStore(path: string, failed?: (error: Error) => void): Promise<Store> {
  const { db } = await openSqliteDatabase(path, MIGRATIONS, failed);
  return createSqlStore(db, sqliteDialect, null);
}

/** Opens the database itself, past the store. @throws as `openSqliteStore` does */
export async function openSqliteDatabase(
  path: string,
  migrations = MIGRATIONS,
  failed?: (error: Error) => void,
): Promise<OpenDatabase> {
  const database = openSqliteFile(path);
  const db = new Kysely<Database>({ dialect: createSqliteDialect(database, failed) });
  try {
    const migrated = migrations.length === 0 ? [] : await migrateSqlite(database, db, migrations);
    return { db, dialect: sqliteDialect, migrated, close: () => db.destroy() };
  } catch (error) {
    database.close();
    throw error;
  }
}
