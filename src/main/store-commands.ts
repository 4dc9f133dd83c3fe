import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config } from '../config/load-config.ts';
import { copyDatabase } from '../store/copy.ts';
import type { Copied, OpenDatabase } from '../store/copy.ts';
import { createSqlSessionStore } from '../store/sql/session-store.ts';
import { createSystemClock } from '../system/clock.ts';
import { CommandError, takeDataFolder } from './serve.ts';
import { describeLocation, locationOf, openDatabase, parseLocation, requireFile } from './store-location.ts';
import type { StoreLocation } from './store-location.ts';

// The server's commands that work on its database as a whole. Each returns what it did, as lines for the terminal.

const KEY_IS_APART = 'The key file (secret.key) is not in it: keep it, in another place.';

/** Brings the database of a configuration up to date. */
export async function migrateStore(config: Config): Promise<string[]> {
  const location = locationOf(config);
  return whileLocked([location], async () => {
    const { migrated, close } = await openDatabase(location);
    await close();
    if (migrated.length === 0) return [`${describeLocation(location)} is up to date.`];
    return [...migrated.map((name) => `${name}: done`), `${describeLocation(location)} is up to date now.`];
  });
}

/** Copies a store into an empty one, as they are given on the command line. */
export async function copyStore(from: string, to: string): Promise<string[]> {
  const [source, target] = [parseLocation(from), parseLocation(to)];
  requireFile(source);
  return whileLocked([source, target], async () => [
    ...describeCopied(await copy(await openDatabase(source, []), target)),
    `Copied to ${describeLocation(target)}. Nobody is signed out.`,
    'Start with the same key file (secret.key in the data folder, or --secret-key-file).',
  ]);
}

/** Writes a database, as it is now, to a new SQLite file, readable by its owner only. */
export async function backUp(config: Config, file: string): Promise<string[]> {
  process.umask(0o077);
  const path = resolve(file);
  if (existsSync(path)) throw new CommandError(`${path} exists already. Give a new file.`);
  const source = locationOf(config);
  requireFile(source);
  const folder = mkdtempSync(`${path}.`);
  try {
    const written = join(folder, 'backup.sqlite');
    const copied = await copy(await openDatabase(source, []), { kind: 'sqlite', path: written });
    closeWal(written);
    renameSync(written, path);
    return [...describeCopied(copied), `Backed up to ${path}.`, KEY_IS_APART];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Fills the empty database of a configuration from a backup. The sessions that lived in it end, for some of them may
 * have been ended since.
 */
export async function restore(
  config: Config,
  file: string,
  { keepSessions }: { keepSessions: boolean },
): Promise<string[]> {
  process.umask(0o077);
  const target = locationOf(config);
  // A backup of an older version is brought up to date first: a copy of it, so that the backup stays as it was made.
  const folder = mkdtempSync(join(tmpdir(), 'curfew-restore-'));
  try {
    const source = { kind: 'sqlite', path: join(folder, 'backup.sqlite') } as const;
    fetchBackup(file, source.path);
    const copied = await whileLocked([target], async () =>
      copy(await openDatabase(source), target, keepSessions ? 'keep' : 'end'),
    );
    return [
      ...describeCopied(copied),
      `Restored to ${describeLocation(target)}.`,
      keepSessions
        ? 'Sessions live on, also those that were ended after the backup was made.'
        : 'Every session that lived in the backup has ended: whoever uses the portal signs in again.',
      `Before you start: put the key file (secret.key) of the database that was backed up at ${config.secretKeyFile}.`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies a database, and closes it. */
async function copy(source: OpenDatabase, to: StoreLocation, sessions: 'keep' | 'end' = 'keep'): Promise<Copied> {
  try {
    const target = await openDatabase(to);
    try {
      if (sessions === 'keep') return await copyDatabase(source, target);
      const newest = await createSqlSessionStore(source.db, source.dialect).newestInstant();
      return await copyDatabase(source, target, createSystemClock(newest).now());
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Keeps portals away from embedded databases meanwhile. Those on PostgreSQL are the operator's to stop. */
async function whileLocked<Result>(locations: readonly StoreLocation[], work: () => Promise<Result>): Promise<Result> {
  const folders = new Set(locations.flatMap((each) => (each.kind === 'sqlite' ? [dirname(each.path)] : [])));
  const locks: { release(): void }[] = [];
  try {
    for (const dataDir of folders) locks.push(takeDataFolder({ dataDir }));
    return await work();
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Takes a copy of a backup. @throws CommandError for what is none: bringing it up to date would make it an empty one */
function fetchBackup(file: string, copied: string): void {
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`);
  if (existsSync(`${path}-wal`))
    throw new CommandError(`${path} is a database in use. Give a file that \`curfew backup\` wrote.`);
  copyFileSync(path, copied);
  if (!holdsStore(copied)) throw new CommandError(`${path} is no backup of Curfew.`);
}

function holdsStore(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get() !== undefined;
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === SQLITE_NOTADB) return false;
    throw error;
  } finally {
    database.close();
  }
}

const SQLITE_NOTADB = 26;

/** Makes one file of a database: without a log beside it, it can be moved and read anywhere. */
function closeWal(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = DELETE');
  database.close();
}

function describeCopied(copied: Copied): string[] {
  return [...copied].filter(([, rows]) => rows > 0).map(([name, rows]) => `${name.replaceAll('_', ' ')}: ${rows}`);
}
