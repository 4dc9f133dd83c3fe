import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { afterAll } from 'vitest';
import { describeMigrations } from './migrate.contract.ts';
import { migrateSqlite } from './migrate.ts';
import { createSqliteDialect, openSqliteFile } from './node-sqlite.ts';
import type { Database } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-migrate-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describeMigrations('SQLite', async () => {
  const path = join(folder, `${files++}.sqlite`);
  return {
    async migrate(migrations) {
      const database = openSqliteFile(path);
      const db = new Kysely<Database>({ dialect: createSqliteDialect(database) });
      return migrateSqlite(database, db, migrations).finally(() => database.close());
    },
    async ask(text) {
      const database = openSqliteFile(path);
      const rows = database.prepare(text).all();
      database.close();
      return rows.map((row) => ({ ...row }));
    },
    async remove() {},
  };
});
