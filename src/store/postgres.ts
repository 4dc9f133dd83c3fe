import { Kysely, PostgresDialect, sql } from 'kysely';
import type { OpenDatabase } from './copy.ts';
import { MIGRATIONS, SchemaError, migrate } from './migrate.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { createPostgresPool } from './postgres-pool.ts';
import type { PoolOptions } from './postgres-pool.ts';
import type { Database } from './schema.ts';
import type { Db } from './sql/rows.ts';
import { createSqlStore } from './sql/store.ts';
import type { Store } from './store.ts';

/**
 * Opens a database of PostgreSQL 15 or later, brings it up to date, and returns the store on it.
 *
 * @throws PortalError `unavailable` when it does not answer; Error when it cannot be brought up to date, or is of a
 *   newer program that this one cannot run beside
 */
export async function openPostgresStore(options: PoolOptions): Promise<Store> {
  await migratePostgres(options);
  const db = connectPostgres(options);
  return createSqlStore(db, postgresDialect, async () => {
    const now = sql<{ now: number }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
    const { rows } = await now.execute(db);
    const [row] = rows;
    if (row === undefined) throw new Error('the database told no time');
    return row.now;
  });
}

/** Opens the database itself, past the store, for work that may take long. @throws as `openPostgresStore` does */
export async function openPostgresDatabase(url: string, migrations = MIGRATIONS): Promise<OpenDatabase> {
  const migrated = migrations.length === 0 ? [] : await migratePostgres({ url }, migrations);
  const db = connectPostgres({ url, poolSize: 1, statementMs: 0 });
  return { db, dialect: postgresDialect, migrated, close: () => db.destroy() };
}

function connectPostgres(options: PoolOptions): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: createPostgresPool(options) }) });
}

/**
 * Brings a database up to date in one transaction, under a lock: processes that start together do it once.
 *
 * @returns the names of the migrations that it took
 */
export async function migratePostgres(options: PoolOptions, migrations = MIGRATIONS): Promise<string[]> {
  const db = connectPostgres({ ...options, poolSize: 1, statementMs: 0 });
  try {
    return await postgresDialect.write(db, async (tx) => {
      await requireVersion(tx);
      await postgresDialect.lock(tx, 'migrations');
      return migrate(tx, postgresDialect, migrations);
    });
  } finally {
    await db.destroy();
  }
}

const OLDEST_SERVER = 150_000;

async function requireVersion(db: Db): Promise<void> {
  const asked = sql<{ number: number; version: string }>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
  const [row] = (await asked.execute(db)).rows;
  if (row !== undefined && row.number < OLDEST_SERVER)
    throw new SchemaError(`Curfew needs PostgreSQL 15 or later; this one is ${row.version}.`);
}
