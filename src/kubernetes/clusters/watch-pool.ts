import type { Dispatcher, Pool } from 'undici';

/** The connections for watches. Whoever opens it destroys it. */
export interface WatchPool {
  /** What takes the next watch; to be asked for each. */
  current(): Dispatcher;
  /** Lets the watches that are open go on to their end. */
  retire(): void;
  /** Ends everything. */
  destroy(): Promise<void>;
}

/**
 * Takes a new pool whenever a connection of the present one is gone, or about to go: after a server's GOAWAY undici
 * would let the next request wait until the last stream on the old connection has ended, which for watches may be hours.
 */
export function createWatchPool(open: () => Pool): WatchPool {
  const pools = new Set<Pool>();
  let isOver = false;
  let latest = take();

  function take(): Pool {
    const pool = open();
    pools.add(pool);
    pool.once('disconnect', () => {
      if (isOver) return;
      if (pool === latest) latest = take();
      letGo(pool);
    });
    return pool;
  }

  function letGo(pool: Pool): void {
    // Its streams go on; a pool that was destroyed meanwhile has none.
    pool.close().then(
      () => pools.delete(pool),
      () => pools.delete(pool),
    );
  }

  return {
    current: () => latest,
    retire() {
      isOver = true;
      letGo(latest);
    },
    async destroy() {
      isOver = true;
      await Promise.all([...pools].map((pool) => pool.destroy()));
    },
  };
}
