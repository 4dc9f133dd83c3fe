import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import { PortalError } from '../core/portal-error.ts';
import type { OpenDatabase } from '../store/copy.ts';
import { MIGRATIONS } from '../store/migrate.ts';
import { openPostgresDatabase, openPostgresStore } from '../store/postgres.ts';
import { openSqliteDatabase, openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';

/** Where a store is: in a file, or in a database of PostgreSQL. */
export type StoreLocation = { readonly kind: 'sqlite'; readonly path: string } | PostgresLocation;

export interface PostgresLocation {
  readonly kind: 'postgres';
  /** May hold a password: only for `pg`, never to be shown. */
  readonly url: string;
}

/** Where the portal of a configuration keeps everything. */
export function locationOf({ database, dataDir }: Pick<Config, 'database' | 'dataDir'>): StoreLocation {
  return database === null
    ? { kind: 'sqlite', path: join(dataDir, 'curfew.sqlite') }
    : { kind: 'postgres', url: database };
}

/** @throws ConfigError for anything but `sqlite:PATH` and `postgres://…` */
export function parseLocation(text: string): StoreLocation {
  if (/^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text };
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', path: resolve(path) };
  throw new ConfigError('A store is sqlite:PATH or a URL such as postgres://curfew@db.example/curfew.');
}

/** A location for people: without the password, and without parameters, which may hold one, too. */
export function describeLocation(location: StoreLocation): string {
  if (location.kind === 'sqlite') return location.path;
  const { username, host, pathname } = new URL(location.url);
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

/**
 * Opens a store and brings it up to date.
 *
 * @param options `failed` is told why it could not be asked, each time; `poolSize` is PostgreSQL's
 * @throws ConfigError when PostgreSQL does not answer, or SQLite cannot use its file
 */
export function openStore(
  location: StoreLocation,
  options: { poolSize?: number; failed?: (error: Error) => void } = {},
): Promise<Store> {
  if (location.kind === 'sqlite') return usable(location.path, () => openSqliteStore(location.path, options.failed));
  return answering(location, () => openPostgresStore({ ...options, url: location.url }));
}

/**
 * Opens a database past the store.
 *
 * @param migrations that it is brought up to date with; none: it is left as it is
 * @throws ConfigError as `openStore` does
 */
export function openDatabase(location: StoreLocation, migrations = MIGRATIONS): Promise<OpenDatabase> {
  if (location.kind === 'sqlite') return usable(location.path, () => openSqliteDatabase(location.path, migrations));
  return answering(location, () => openPostgresDatabase(location.url, migrations));
}

/** @throws ConfigError when there is no such file */
export function requireFile(location: StoreLocation): void {
  if (location.kind === 'sqlite' && !existsSync(location.path))
    throw new ConfigError(`There is no database at ${location.path}.`);
}

/** SQLite's result codes for a file that is damaged, none of a database, or out of reach; not those of a wrong query. */
const UNUSABLE_FILE = new Set([5, 8, 10, 11, 13, 14, 26]);

/**
 * What keeps SQLite from its file, in words for the terminal; null for any other error. A damaged file may show that
 * only while it is read.
 */
export function sqliteProblem(thrown: unknown, path = 'in the data folder'): ConfigError | null {
  const error = thrown instanceof PortalError ? thrown.cause : thrown;
  const isUnusable = error instanceof Error && 'errcode' in error && UNUSABLE_FILE.has(Number(error.errcode) & 0xff);
  if (!isUnusable) return null;
  const remedy = 'If it is damaged, put it aside and restore a backup (`curfew restore`).';
  return new ConfigError(`The database ${path} cannot be used: ${error.message}. ${remedy}`, { cause: error });
}

async function usable<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw sqliteProblem(error, path) ?? error;
  }
}

/** Runs what asks a database for the first time. @throws ConfigError telling why it could not be asked */
async function answering<Result>(location: StoreLocation, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortalError) || error.code !== 'unavailable') throw error;
    throw new ConfigError(`The database ${describeLocation(location)} does not answer: ${reasonOf(error.cause)}`, {
      cause: error,
    });
  }
}

/** Node tells of several addresses that refused without a message of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
