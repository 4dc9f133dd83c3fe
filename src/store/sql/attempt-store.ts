import type { Kysely, Selectable } from 'kysely';
import type { AttemptStore, Failures } from '../../identity/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { count as countRows } from './rows.ts';

/** Failed attempts, for throttling across replicas, in SQL. */
export function createSqlAttemptStore(db: Kysely<Database>, dialect: Dialect): AttemptStore {
  return {
    async findFailures(keys) {
      const rows = await db.selectFrom('attempts').selectAll().where('key', 'in', keys).execute();
      return new Map(rows.map((row) => [row.key, failuresOf(row)]));
    },

    countFailure: (keys, next) =>
      dialect.write(db, async (tx) => {
        // In one order, so that two that fail at once do not wait for each other.
        const empty = keys.toSorted().map((key) => ({ key, count: 0, last_at: 0, blocked_until: 0 }));
        const locked = await tx
          .insertInto('attempts')
          .values(empty)
          // Changes nothing: a row that is there is locked, and read as it is once it is.
          .onConflict((conflict) => conflict.column('key').doUpdateSet(({ ref }) => ({ key: ref('excluded.key') })))
          .returningAll()
          .execute();
        const counted = new Map(locked.map((row) => [row.key, next(row.key, failuresOf(row))]));
        for (const [key, { count, lastAt, blockedUntil }] of counted) {
          const columns = { count, last_at: lastAt, blocked_until: blockedUntil };
          await tx.updateTable('attempts').set(columns).where('key', '=', key).execute();
        }
        return counted;
      }),

    async forgetFailuresOf(key) {
      await db.deleteFrom('attempts').where('key', '=', key).execute();
    },

    async forgetFailures({ before, beyond }) {
      await db.deleteFrom('attempts').where('last_at', '<', before).execute();
      if ((await countRows(db.selectFrom('attempts'))) <= beyond) return;
      // Without a list of what is kept: a server with little memory would go through it once for each row.
      const ages = db.selectFrom('attempts').select('last_at').orderBy('last_at', 'desc');
      const newestToForget = ages.offset(beyond).limit(1);
      await db.deleteFrom('attempts').where('last_at', '<=', newestToForget).execute();
    },
  };
}

function failuresOf({ count, last_at, blocked_until }: Selectable<Database['attempts']>): Failures {
  return { count, lastAt: last_at, blockedUntil: blocked_until };
}
