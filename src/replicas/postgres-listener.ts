import { Client } from 'pg';
import { CONNECT_PATIENCE_MS } from './feed.ts';
import type { FeedConnection } from './feed.ts';

/** What the database's clock said, and when it was asked by a stopwatch. */
export interface ClockSample {
  readonly databaseNow: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Reads the database's clock, in milliseconds since the epoch. */
const ASK = 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now';
const CHANNEL = 'curfew';

/**
 * A connection of its own that listens to what other replicas write.
 *
 * @param on `sampled` is told what the database's clock says, each time it is asked
 * @throws when the database cannot be reached
 */
export async function listenToPostgres(
  url: string,
  stopwatch: () => number,
  on: { hear(payload: string): void; closed(error: unknown): void; sampled(sample: ClockSample): void },
): Promise<FeedConnection> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_PATIENCE_MS, keepAlive: true });
  client.on('error', on.closed);
  client.on('end', () => on.closed(new Error('the database closed the connection')));
  client.on('notification', ({ payload }) => {
    if (payload !== undefined) on.hear(payload);
  });
  await client.connect();
  await client.query(`listen ${CHANNEL}`);
  return {
    async ask() {
      const askedAt = stopwatch();
      const { rows } = await client.query<{ now: number }>(ASK);
      const [row] = rows;
      if (row !== undefined) on.sampled({ databaseNow: row.now, askedAt, answeredAt: stopwatch() });
    },
    async tell(payload) {
      await client.query('select pg_notify($1, $2)', [CHANNEL, payload]);
    },
    // Without waiting: a connection that hangs would hang at its end, too.
    close: () => void client.end().catch(() => undefined),
  };
}
