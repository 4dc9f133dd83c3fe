import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MIGRATIONS } from './migrate.ts';
import { openSqliteFile } from './node-sqlite.ts';
import { openSqliteStore } from './sqlite.ts';
import { describeStore } from './store.contract.ts';

const OPENER = join(import.meta.dirname, '..', '..', 'test', 'support', 'store-opener.ts');
const folder = mkdtempSync(join(tmpdir(), 'curfew-store-'));
const NAMES = MIGRATIONS.map(({ name }) => ({ name }));
let files = 0;
const newPath = () => join(folder, `${files++}.sqlite`);
afterAll(() => rmSync(folder, { recursive: true }));

describeStore('SQLite in a file', () => openSqliteStore(newPath()));
describeStore('SQLite in memory', () => openSqliteStore(':memory:'));

const record = { at: 1, event: 'config.set', actor: null, subject: null, address: null, sentence: 'x' } as const;

it('keeps what was written when it is opened again', async () => {
  const path = newPath();
  const store = await openSqliteStore(path);
  await store.appendAudit(record);
  await store.close();
  const again = await openSqliteStore(path);
  expect((await again.listAudit({ search: '', offset: 0, limit: 9 })).total).toBe(1);
  await again.close();
});

/** Starts processes that all open one new file at the same moment. @returns what each printed at last */
async function openTogether(path: string, processes: number, writes: number): Promise<string[]> {
  const openers = Array.from({ length: processes }, (_, index) =>
    spawn(process.execPath, [OPENER, path, `r${index}`, `${writes}`], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(openers.map(({ stdout }) => once(stdout, 'data')));
  const outcomes = openers.map(async (opener) => {
    const printed = opener.stdout.setEncoding('utf8').toArray();
    await once(opener, 'close');
    return (await printed).join('').trim();
  });
  for (const { stdin } of openers) stdin.write('go');
  return Promise.all(outcomes);
}

it('is migrated once by processes that start together, and loses no write of theirs', async () => {
  const path = newPath();
  expect(await openTogether(path, 4, 50)).toEqual(['done', 'done', 'done', 'done']);
  const database = new DatabaseSync(path);
  expect(database.prepare('SELECT name FROM kysely_migration').all()).toEqual(NAMES);
  expect(database.prepare('SELECT count(*) AS rows FROM sessions').get()).toEqual({ rows: 200 });
  // Each change tells what was there before: the one that was written just before it.
  const changes = database.prepare('SELECT before_value, after_value FROM setting_changes ORDER BY id').all();
  expect(changes).toHaveLength(200);
  expect(changes.map((change) => change.before_value)).toEqual([
    null,
    ...changes.slice(0, -1).map((change) => change.after_value),
  ]);
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
}, 20_000);

it('syncs each commit to the disk, in WAL, with foreign keys', () => {
  const database = openSqliteFile(newPath());
  const value = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  expect([value('journal_mode'), value('synchronous'), value('foreign_keys')]).toEqual(['wal', 2, 1]);
  database.close();
});

it('lets nobody change or remove what was recorded', async () => {
  const path = newPath();
  const store = await openSqliteStore(path);
  await store.appendAudit(record);
  const database = new DatabaseSync(path);
  expect(() => database.exec("UPDATE audit SET sentence = 'y'")).toThrow('append-only');
  expect(() => database.exec('DELETE FROM audit')).toThrow('append-only');
  database.close();
  await store.close();
});

it('lists ten thousand sessions at once, each with a parent of its own', async () => {
  const path = newPath();
  const store = await openSqliteStore(path);
  const database = new DatabaseSync(path);
  database.exec(`
    WITH RECURSIVE n (i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
      INSERT INTO users SELECT 'u' || i, 'u' || i, '', 'User', 0, 1, NULL, NULL, NULL FROM n;
    INSERT INTO sessions SELECT 'p' || id, 'portal', id, NULL, NULL, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM users;
    INSERT INTO sessions SELECT 'k' || id, 'kubernetes', id, 'p' || id, 'c1', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM users;
  `);
  database.close();
  const live = await store.listLive({ kind: 'kubernetes', afterId: '', limit: 10_000 });
  expect(live).toHaveLength(10_000);
  expect(live[9999]).toMatchObject({
    session: { id: 'ku19999' },
    parent: { id: 'pu19999' },
    user: { username: 'u19999' },
  });
  await store.close();
});

it('leaves a database alone that is newer, and runs on it where it may', async () => {
  const path = newPath();
  await (await openSqliteStore(path)).close();
  const database = new DatabaseSync(path);
  database.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01')");
  await (await openSqliteStore(path)).close();
  database.exec('UPDATE compatibility SET oldest_program = 9999');
  await expect(openSqliteStore(path)).rejects.toThrow('9999-later');
  const names = database.prepare('SELECT name FROM kysely_migration').all();
  expect(names).toEqual([...NAMES, { name: '9999-later' }]);
  database.exec("DELETE FROM kysely_migration WHERE name = '9999-later'");
  database.close();
  await (await openSqliteStore(path)).close();
});
