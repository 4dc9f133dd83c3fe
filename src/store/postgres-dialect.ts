import { sql } from 'kysely';
import { unavailable } from './unavailable.ts';
import { RARE_WRITES } from './sql/dialect.ts';
import type { Dialect } from './sql/dialect.ts';

/** The first half of the keys of Curfew's advisory locks; the second tells which. */
const LOCKS_OF_CURFEW = 0x63757266;
/** How often a transaction runs at most that PostgreSQL gives up in favour of another. */
const ATTEMPTS = 5;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';

/** PostgreSQL under READ COMMITTED: what has to be one after the other is locked (docs/adr/0014). */
export const postgresDialect: Dialect = {
  name: 'postgres',
  async write(db, work) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction().execute(work);
      } catch (error) {
        if (!isGivenUp(error)) throw error;
        if (attempt === ATTEMPTS) throw unavailable(error);
      }
    }
  },
  snapshot: (db, work) =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
  async lock(tx, write) {
    const key = RARE_WRITES.indexOf(write);
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCKS_OF_CURFEW)}, ${sql.lit(key)})`.execute(tx);
  },
  async lockSessions(tx, ids) {
    if (ids.length === 0) return;
    // Not `for update`: a token refers to its session, and may do so while that is written.
    await tx.selectFrom('sessions').select('id').where('id', 'in', ids).orderBy('id').forNoKeyUpdate().execute();
  },
  rows(columns, rows) {
    const types = Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`);
    return sql`(select * from jsonb_to_recordset(cast(${JSON.stringify(rows)} as jsonb)) as given (${sql.join(types)}))`;
  },
  greatest: 'greatest',
  like: sql`ilike`,
  text: sql`text collate "C"`,
  identity: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
  async raiseIdentity(tx, table) {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), coalesce(max(id), 0) + 1, false)
      from ${sql.table(table)}`.execute(tx);
  },
};

function isGivenUp(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}
