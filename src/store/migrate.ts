import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import * as initial from './migrations/0001-initial.ts';
import * as replicas from './migrations/0002-replicas.ts';
import * as replacedBy from './migrations/0003-replaced-by.ts';
import * as bounds from './migrations/0004-bounds.ts';
import * as loginRequests from './migrations/0005-login-requests.ts';
import * as tenants from './migrations/0006-tenants.ts';
import * as scopeLimits from './migrations/0007-scope-limits.ts';
import * as apiTokens from './migrations/0008-api-tokens.ts';
import * as upstreamDashboards from './migrations/0009-upstream-dashboards.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sql/dialect.ts';
import type { Dialect } from './sql/dialect.ts';
import type { Db } from './sql/rows.ts';

export interface Migration {
  /** Its number, then what it is about: `0002-replicas`. Never changed once released. */
  readonly name: string;
  /**
   * The last migration of the oldest program that may still run once this one has. A migration that only adds says the
   * same as the one before it; one that takes away says a number from which on no program uses what goes.
   */
  readonly oldestProgram: number;
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>;
}

/** A database that this program cannot run on, in words for whoever starts it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** Every migration, in their order. Programs from before 2 ran alone, and refuse a newer database by themselves. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-initial', oldestProgram: 1, ...initial },
  { name: '0002-replicas', oldestProgram: 2, ...replicas },
  { name: '0003-replaced-by', oldestProgram: 2, ...replacedBy },
  { name: '0004-bounds', oldestProgram: 2, ...bounds },
  { name: '0005-login-requests', oldestProgram: 2, ...loginRequests },
  { name: '0006-tenants', oldestProgram: 2, ...tenants },
  { name: '0007-scope-limits', oldestProgram: 2, ...scopeLimits },
  { name: '0008-api-tokens', oldestProgram: 2, ...apiTokens },
  { name: '0009-upstream-dashboards', oldestProgram: 2, ...upstreamDashboards },
];

/**
 * Brings a SQLite database up to date, in one exclusive transaction: processes that start together do it once.
 *
 * @returns the names of the migrations that it took
 * @throws when a migration fails, with nothing changed, or as `migrate` does
 */
export async function migrateSqlite(
  database: DatabaseSync,
  db: Kysely<Database>,
  migrations = MIGRATIONS,
): Promise<string[]> {
  database.exec('BEGIN EXCLUSIVE');
  try {
    const taken = await migrate(db, sqliteDialect, migrations);
    database.exec('COMMIT');
    return taken;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Brings a database up to date. To be called in a transaction that no other one of these runs beside. A database that
 * is newer than this program is left as it is where this program may run on it (docs/adr/0014).
 *
 * @returns the names of the migrations that it took
 * @throws when the database needs a newer program
 */
export async function migrate(db: Db, dialect: Dialect, migrations = MIGRATIONS): Promise<string[]> {
  await sql`create table if not exists kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
    db,
  );
  const rows = await db.selectFrom('kysely_migration').select('name').orderBy('name').execute();
  const done = new Set(rows.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !done.has(name));
  const newer = [...done].filter((each) => migrations.every(({ name }) => name !== each));
  if (newer.length > 0) {
    await requireAllowed(db, migrations, newer, pending);
    return [];
  }
  for (const { name, up } of pending) {
    // A migration writes against the tables as they are then, not as this program knows them.
    await up(db as unknown as Kysely<unknown>, dialect);
    await sql`insert into kysely_migration values (${name}, cast(current_timestamp as text))`.execute(db);
  }
  const oldest = migrations.at(-1)?.oldestProgram ?? 0;
  if (pending.length > 0 && oldest > 1) await db.updateTable('compatibility').set({ oldest_program: oldest }).execute();
  return pending.map(({ name }) => name);
}

async function requireAllowed(
  db: Db,
  migrations: readonly Migration[],
  newer: readonly string[],
  pending: readonly Migration[],
): Promise<void> {
  const known = Number(migrations.at(-1)?.name.slice(0, 4));
  const row = pending.length > 0 ? undefined : await db.selectFrom('compatibility').selectAll().executeTakeFirst();
  if (row !== undefined && known >= row.oldest_program) return;
  throw new SchemaError(
    `The database is newer than this program: it has ${newer.join(', ')}, and this program knows migrations up to ${known}. ` +
      'Start the version of Curfew that the database was brought up to date with, or a newer one.',
  );
}
