import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import * as initial from './migrations/0001-initial.ts';
import type { Database } from './schema.ts';

/** Every migration, by its name; they run in the order of their names and are never changed once released. */
const MIGRATIONS: Record<string, Migration> = { '0001-initial': initial };

/**
 * Brings a SQLite database up to date. Kysely's migrator does not lock on SQLite, so the whole run is one exclusive
 * transaction here: two processes that start together run it once.
 *
 * @throws when a migration fails, with nothing changed, or when the database is newer than this program
 */
export async function migrateSqlite(database: DatabaseSync, db: Kysely<Database>): Promise<void> {
  database.exec('BEGIN EXCLUSIVE');
  try {
    await migrate(db);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    disableTransactions: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
