import { Client } from 'pg';
import type { FeedConnection } from './feed.ts';

/** Reads the database's clock, in milliseconds since the epoch. */
const ASK = 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now';
const CHANNEL = 'curfew';

/**
 * A connection of its own that listens to what other replicas write.
 *
 * @param answered what the database's clock said, each time it is asked
 * @throws when the database cannot be reached
 */
export async function listenToPostgres(
  url: string,
  on: { hear(payload: string): void; closed(error: unknown): void; answered(databaseNow: number): void },
): Promise<FeedConnection> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000, keepAlive: true });
  client.on('error', on.closed);
  client.on('end', () => on.closed(new Error('the database closed the connection')));
  client.on('notification', ({ payload }) => {
    if (payload !== undefined) on.hear(payload);
  });
  await client.connect();
  await client.query(`listen ${CHANNEL}`);
  return {
    async ask() {
      const { rows } = await client.query<{ now: number }>(ASK);
      const [row] = rows;
      if (row !== undefined) on.answered(row.now);
    },
    // Without waiting: a connection that hangs would hang at its end, too.
    close: () => void client.end().catch(() => undefined),
  };
}
