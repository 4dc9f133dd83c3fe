import pg from 'pg';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { PortalError } from '../core/portal-error.ts';
import { translatePostgresError } from './postgres-errors.ts';

/** For how long a request waits for a connection before it is refused. */
const CONNECT_MS = 2000;
const STATEMENT_MS = 5000;
/** A little longer than the server's own patience: it only runs out where the server cannot be heard. */
const SILENCE_MS = STATEMENT_MS + 1000;

export interface PoolOptions {
  /** `postgres://…`; what it leaves out is taken from libpq's variables and its password file. */
  readonly url: string;
  /** How many connections at most. */
  readonly poolSize?: number;
  /** For how long a statement may run; 0: however long it takes. */
  readonly statementMs?: number;
  /** Told about connections that broke, and why the database could not be asked; nothing in it is secret. */
  readonly failed?: (error: Error) => void;
}

/** Parses int8 to a number: instants, counts and ids stay far below 2^53. For this pool alone, not for all of `pg`. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

/**
 * A pool of connections in which nothing waits for ever, and whose errors are refusals where the database cannot be
 * asked. A connection on which that happened is not used again.
 */
export function createPostgresPool({
  url,
  poolSize = 10,
  statementMs = STATEMENT_MS,
  failed,
}: PoolOptions): PostgresPool {
  const tell = failed ?? (() => undefined);
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    application_name: 'curfew',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs === 0 ? 0 : 2 * STATEMENT_MS,
    ...(statementMs !== 0 && { query_timeout: statementMs - STATEMENT_MS + SILENCE_MS }),
  });
  // An idle connection broke; the pool has dropped it already.
  pool.on('error', tell);
  const translate = (error: unknown): unknown => {
    const translated = translatePostgresError(error);
    if (translated instanceof PortalError && error instanceof Error && translated !== error) tell(error);
    return translated;
  };
  return {
    options: {},
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw translate(error);
      });
      return guard(client, translate);
    },
  };
}

function guard(client: pg.PoolClient, translate: (error: unknown) => unknown): PostgresPoolClient {
  let broken: unknown;
  // A connection that breaks while it is borrowed tells its query, and besides this listener, which keeps Node alive.
  const onError = (error: Error): void => {
    broken ??= translate(error);
  };
  client.on('error', onError);
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (broken !== undefined) throw broken;
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      const translated = translate(error);
      if (translated instanceof PortalError && translated.code === 'unavailable') broken = translated;
      throw translated;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release(destroy) {
      client.off('error', onError);
      client.release(destroy === true || broken !== undefined);
    },
  };
}
