import { sql } from 'kysely';
import type { Kysely, RawBuilder } from 'kysely';
import { describeSession } from '../core/explain.ts';
import { MIGRATIONS } from './migrate.ts';
import type { Database } from './schema.ts';
import type { Dialect } from './sql/dialect.ts';
import { sessionOf } from './sql/rows.ts';
import type { Db } from './sql/rows.ts';
import { endAll } from './sql/session-writes.ts';

/** A database that is open past the store. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly dialect: Dialect;
  /** The migrations that it took when it was opened. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

/** A copy that cannot be made, in words for whoever asked for it. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/** What is of this moment only is not copied: who serves, and which command lines ask to be signed in. */
type Table = Exclude<keyof Database, 'replicas' | 'login_requests' | 'compatibility' | 'kysely_migration'>;

/** Every table that is kept, each after those that it refers to, with the columns of its primary key. */
const TABLES: readonly { name: Table; key: readonly string[]; only?: RawBuilder<unknown> }[] = [
  { name: 'users', key: ['id'] },
  { name: 'sessions', key: ['id'], only: sql`parent_id is null` },
  { name: 'sessions', key: ['id'], only: sql`parent_id is not null` },
  { name: 'tokens', key: ['hash'] },
  { name: 'token_notices', key: ['session_id'] },
  { name: 'settings', key: ['key'] },
  { name: 'setting_changes', key: ['id'] },
  { name: 'limit_periods', key: ['id'] },
  { name: 'scope_limits', key: ['id'] },
  { name: 'grants', key: ['cluster_id', 'subject_kind', 'subject_id'] },
  { name: 'tenants', key: ['id'] },
  { name: 'tenant_access', key: ['tenant_id', 'user_id'] },
  { name: 'upstream_dashboards', key: ['id'] },
  { name: 'setup_tokens', key: ['hash'] },
  { name: 'devices', key: ['hash'] },
  { name: 'audit', key: ['id'] },
  { name: 'secrets', key: ['name'] },
  { name: 'attempts', key: ['key'] },
];
const NAMES = [...new Set(TABLES.map(({ name }) => name))];
const ROWS_AT_ONCE = 500;

/** How many rows were copied, by table. */
export type Copied = ReadonlyMap<string, number>;

/**
 * Copies all that a database holds, as it is at one instant, into an empty one: all of it or nothing. Both may go on
 * being used meanwhile; what is written to the first one after that instant is not copied.
 *
 * @param endedAt given: every session that lives then ends with `revoked` at this instant, in the copy
 * @throws CopyError when the target is not empty, or one of the two is of another version
 */
export async function copyDatabase(from: OpenDatabase, to: OpenDatabase, endedAt?: number): Promise<Copied> {
  return from.dialect.snapshot(from.db, (source) =>
    to.dialect.write(to.db, async (target) => {
      await to.dialect.lock(target, 'migrations');
      for (const each of [source, target]) await requireThisVersion(each);
      await requireEmpty(target);
      for (const table of TABLES) await copyRows(source, target, table);
      const copied = await countAll(source);
      const arrived = await countAll(target);
      for (const [name, rows] of copied)
        if (arrived.get(name) !== rows) throw new Error(`of ${rows} rows in ${name}, ${arrived.get(name)} arrived`);
      for (const name of ['setting_changes', 'limit_periods', 'scope_limits', 'audit'] as const)
        await to.dialect.raiseIdentity(target, name);
      if (endedAt !== undefined) await endLiving(target, to.dialect, endedAt);
      return copied;
    }),
  );
}

async function copyRows(source: Db, target: Db, { name, key, only }: (typeof TABLES)[number]): Promise<void> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  let last: Record<string, unknown> | undefined;
  do {
    const conditions = [
      only ?? sql`1 = 1`,
      ...(last === undefined ? [] : [sql`(${columns}) > (${sql.join(key.map((column) => last?.[column]))})`]),
    ];
    const page = sql<Record<string, unknown>>`select * from ${sql.table(name)}
      where ${sql.join(conditions, sql` and `)} order by ${columns} limit ${ROWS_AT_ONCE}`;
    const { rows } = await page.execute(source);
    // The columns are the same on both sides: both have the schema of this program.
    if (rows.length > 0) await target.insertInto(name).values(rows).execute();
    last = rows.at(-1);
  } while (last !== undefined);
}

async function requireThisVersion(db: Db): Promise<void> {
  const names = db.selectFrom('kysely_migration').select('name').orderBy('name');
  const rows = await names.execute().catch((error: unknown) => {
    throw new CopyError(`This is no database of Curfew: ${(error as Error).message}.`, { cause: error });
  });
  if (rows.map(({ name }) => name).join() !== MIGRATIONS.map(({ name }) => name).join())
    throw new CopyError(
      'The database was made by another version of Curfew. An older one is brought up to date by `curfew migrate`; a newer one is copied by its own version.',
    );
}

async function requireEmpty(db: Db): Promise<void> {
  const filled = [...(await countAll(db))].filter(([, rows]) => rows > 0).map(([name]) => name);
  if (filled.length === 0) return;
  throw new CopyError(`The target is not empty: it has rows in ${filled.join(', ')}. Give a new database.`);
}

async function countAll(db: Db): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const name of NAMES) {
    const { rows } = await sql<{ total: number }>`select count(*) as total from ${sql.table(name)}`.execute(db);
    counts.set(name, rows[0]?.total ?? 0);
  }
  return counts;
}

/** Ends every session that lives: one that was ended after the backup must not come back with it. */
async function endLiving(db: Db, dialect: Dialect, at: number): Promise<void> {
  const living = db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('ended_at', 'is', null)
    .selectAll('sessions')
    .select('username')
    .limit(ROWS_AT_ONCE);
  for (;;) {
    const rows = await living.execute();
    if (rows.length === 0) return;
    await endAll(
      db,
      dialect,
      rows.map(({ username, ...row }) => ({
        id: row.id,
        end: { at, reason: 'revoked', limit: null },
        lastActivityAt: row.last_activity_at,
        record: {
          at,
          event: 'session.ended',
          actor: 'curfew restore',
          subject: row.id,
          address: null,
          sentence: `${describeSession(sessionOf(row))} of ${username} ended: revoked, since the database was restored from a backup.`,
        },
      })),
    );
  }
}
