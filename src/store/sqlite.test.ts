import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { openSqliteFile } from './node-sqlite.ts';
import { openSqliteStore } from './sqlite.ts';
import { describeStore } from './store.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-store-'));
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

it('is migrated once by processes that start together', async () => {
  const module = new URL('./sqlite.ts', import.meta.url).href;
  const script = `const { openSqliteStore } = await import(${JSON.stringify(module)});
    await (await openSqliteStore(${JSON.stringify(newPath())})).close(); console.log('open');`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  const outcomes = await Promise.all([run(), run(), run()]);
  expect(outcomes.map(({ stdout }) => stdout.trim())).toEqual(['open', 'open', 'open']);
});

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
