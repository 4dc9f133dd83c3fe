import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';
import type { SqliteDatabase } from 'kysely';
import { outOfRoom, unavailable } from './unavailable.ts';

const STATEMENTS_KEPT = 200;

/**
 * Kysely's SQLite dialect over Node's own `node:sqlite`, with prepared statements kept.
 *
 * @param failed told why the file could not be read or written; what asked is refused
 */
export function createSqliteDialect(
  database: DatabaseSync,
  failed: (error: Error) => void = () => undefined,
): SqliteDialect {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const kept = statements.get(sql);
    if (kept !== undefined) return kept;
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const guard = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      const translated = translateSqliteError(error);
      if (translated !== error) failed(error as Error);
      throw translated;
    }
  };
  const adapter: SqliteDatabase = {
    close: () => database.close(),
    prepare(sql) {
      // Every transaction here writes. One that took the lock only at its first write would be refused, without any
      // patience, where another process had written since its first read.
      const statement = prepare(sql === 'begin' ? 'begin immediate' : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => guard(() => statement.all(...(parameters as SQLInputValue[]))),
        run(parameters) {
          // SQLite has rolled back by itself where the disk is full.
          if (sql === 'rollback' && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 };
          return guard(() => statement.run(...(parameters as SQLInputValue[])));
        },
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
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;

/** The primary result code, whatever the extended one adds. */
function codeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : null;
}

/** What an error of SQLite means to the portal; anything but a file that cannot be read or written now is a bug. */
function translateSqliteError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === SQLITE_FULL) return outOfRoom(error);
  return code === SQLITE_IOERR || code === SQLITE_BUSY ? unavailable(error) : error;
}

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
      if (codeOf(error) !== SQLITE_BUSY || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}
