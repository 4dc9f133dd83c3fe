import { sql } from 'kysely';
import type { ColumnDefinitionBuilder, Kysely, RawBuilder } from 'kysely';
import type { Database } from '../schema.ts';
import type { Db } from './rows.ts';

/** What is written so rarely that it is written by one transaction at a time. */
export const RARE_WRITES = ['migrations', 'users', 'settings', 'retention', 'tenants'] as const;
export type RareWrite = (typeof RARE_WRITES)[number];

/** All in which the two databases differ, but for the triggers of the migrations. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Runs a transaction. The work may run more than once, each time from the beginning: it has no effect elsewhere. */
  write<Result>(db: Kysely<Database>, work: (tx: Db) => Promise<Result>): Promise<Result>;
  /** Runs what only reads, and reads all of it as it was at one instant. Holds up no writer. */
  snapshot<Result>(db: Kysely<Database>, work: (tx: Db) => Promise<Result>): Promise<Result>;
  /** Waits, within a transaction, until no other one holds this lock; it is held to the transaction's end. */
  lock(tx: Db, write: RareWrite): Promise<void>;
  /**
   * Locks the rows of sessions against other writers to the transaction's end, in the order of their ids: two
   * transactions that want the same rows wait for each other in one direction only.
   */
  lockSessions(tx: Db, ids: readonly string[]): Promise<void>;
  /**
   * Rows as a table of a statement, given as one parameter: a statement is the same, and prepared, however many they are.
   *
   * @param columns their types by name, which the statement's text holds: never what came from outside
   */
  rows(columns: Readonly<Record<string, 'text' | 'bigint'>>, rows: readonly object[]): RawBuilder<unknown>;
  /** The function of several arguments that gives the greatest. */
  readonly greatest: 'max' | 'greatest';
  /** LIKE that takes ASCII letters for the same in both cases. */
  readonly like: RawBuilder<unknown>;
  /** Text that is compared by its bytes. */
  readonly text: RawBuilder<string>;
  identity(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** Makes the next row of a table come after those that were put there with ids of their own. */
  raiseIdentity(tx: Db, table: 'setting_changes' | 'limit_periods' | 'scope_limits' | 'audit'): Promise<void>;
}

/** SQLite writes one transaction at a time, whole (`begin immediate`), so that nothing has to be locked. */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  write: (db, work) => db.transaction().execute(work),
  snapshot: (db, work) =>
    db.connection().execute(async (connection) => {
      await sql`begin deferred`.execute(connection);
      try {
        return await work(connection);
      } finally {
        await sql`rollback`.execute(connection);
      }
    }),
  async lock() {},
  async lockSessions() {},
  rows: (columns, rows) => {
    const values = Object.keys(columns).map((name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql`(select ${sql.join(values)} from json_each(${JSON.stringify(rows)}))`;
  },
  greatest: 'max',
  like: sql`like`,
  text: sql`text`,
  identity: (column) => column.primaryKey().autoIncrement(),
  async raiseIdentity() {},
};
