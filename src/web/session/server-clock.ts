/** The server's time, estimated from its answers. The page counts down from the server's deadline by this clock. */
export interface ServerClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The server said `serverNow` in an answer to a request that was sent at `sentAt` (by `local`) and has just come. */
  answered(serverNow: number, sentAt: number): void;
  /** The server said `serverNow` at some earlier moment, as in a pushed event: it is at least that late now. */
  heard(serverNow: number): void;
  /** The local reading to be given to `answered`. */
  local(): number;
}

/**
 * A server clock over two local ones. The wall clock counts sleep but may be set back; the monotonic one cannot, but
 * stands still during sleep. Between two readings the larger of their steps counts, as on the server: so a clock that
 * is changed can end the page's session too early, which the server then corrects, but never too late.
 */
export function createServerClock(
  wall: () => number = () => Date.now(),
  monotonic: () => number = () => performance.now(),
): ServerClock {
  let last = { wall: wall(), monotonic: monotonic() };
  let reading = last.wall;
  let offset = 0;
  const local = (): number => {
    const present = { wall: wall(), monotonic: monotonic() };
    reading += Math.max(present.wall - last.wall, present.monotonic - last.monotonic, 0);
    last = present;
    return reading;
  };
  return {
    now: () => local() + offset,
    answered: (serverNow, sentAt) => {
      offset = serverNow - (sentAt + local()) / 2;
    },
    heard: (serverNow) => {
      offset = Math.max(offset, serverNow - local());
    },
    local,
  };
}
