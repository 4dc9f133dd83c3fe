import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';
import type { SqliteDatabase } from 'kysely';

const STATEMENTS_KEPT = 200;

/** Kysely's SQLite dialect over Node's own `node:sqlite`, with prepared statements kept. */
export function createSqliteDialect(database: DatabaseSync): SqliteDialect {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const kept = statements.get(sql);
    if (kept !== undefined) return kept;
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const adapter: SqliteDatabase = {
    close: () => database.close(),
    prepare(sql) {
      // Every transaction here writes. One that took the lock only at its first write would be refused, without any
      // patience, where another process had written since its first read.
      const statement = prepare(sql === 'begin' ? 'begin immediate' : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
  return new SqliteDialect({ database: adapter });
}

/** How long a statement waits for another process that is writing. */
const PATIENCE_MS = 5000;

/**
 * Opens a database file with what durability asks for: WAL, an fsync for each commit, foreign keys, and patience for
 * another process that is writing.
 */
export function openSqliteFile(path: string): DatabaseSync {
  // Patience comes first: to switch a new file to WAL takes a lock already.
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  switchToWal(database);
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
  `);
  return database;
}

const WAL_ATTEMPTS = 100;
const WAL_PAUSE_MS = 20;
const SQLITE_BUSY = 5;

/**
 * Two processes that switch one new file to WAL at once would each wait for the other; SQLite sees that and refuses
 * one of them at once, whatever its patience. That one tries again.
 */
function switchToWal(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
      if (!isBusy || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}
