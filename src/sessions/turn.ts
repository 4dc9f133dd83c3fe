/** How many rows a write takes at once: about a millisecond of SQLite, which works on the event loop. */
export const ROWS_IN_ONE_TURN = 100;

/**
 * Lets the event loop have its turn. Whoever works through many rows waits for this in between: deadlines fall due
 * meanwhile, and the sockets of streams that were just cut are not closed before the loop turns.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
