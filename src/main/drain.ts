import type { Clock } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { StreamKind } from '../sessions/stream.ts';
import type { SessionPool } from '../sessions/session-pool.ts';

/** For so long at least the others are given to notice that `/readyz` fails. */
export const SETTLE_MS = 1000;
const LOOK_EVERY_MS = 100;
/** A stream that is cut says why within 100 ms; then its connection may go. */
const FAREWELL_MS = 150;
const RETRY_AFTER_MS = 1000;

export interface DrainPorts {
  readonly clock: Clock;
  readonly pool: Pick<SessionPool, 'cutAllStreams' | 'countStreams'>;
  /** Tells every terminal, also those that a page comes back to. */
  announceStop(at: number): void;
  /** Takes no more connections; resolves when the requests that are under way are answered, at the latest at `until`. */
  finishRequests(until: number): Promise<void>;
}

/**
 * How a process stops without anybody losing more than a connection: no new streams and shells, what runs may finish
 * within a bounded time, and the sessions go on elsewhere.
 */
export class Drain {
  #isOn = false;

  isOn = (): boolean => this.#isOn;

  /** @throws PortalError `unavailable` once this process is about to stop */
  admitStream = (): void => {
    if (!this.#isOn) return;
    const message = 'This server is being restarted and opens nothing new. Try again: another one takes over.';
    throw new PortalError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
  };

  /** Resolves when nothing is left, at the latest after `forMs`; what is left then has been cut with `shutdown`. */
  async run(forMs: number, { clock, pool, announceStop, finishRequests }: DrainPorts): Promise<void> {
    this.#isOn = true;
    const startedAt = clock.now();
    const until = startedAt + forMs;
    const wait = (ms: number): Promise<void> => new Promise((done) => void clock.setTimer(clock.now() + ms, done));
    const cut = (kind?: StreamKind): void =>
      pool.cutAllStreams({ at: clock.now(), reason: 'shutdown', limit: null }, kind);

    if (forMs > 0) {
      // Pages listen elsewhere from now on, and a stream of events is nothing that anybody would wait for.
      cut('events');
      announceStop(until);
      const settledAt = Math.min(until, startedAt + SETTLE_MS);
      while (clock.now() < settledAt || (clock.now() < until && hasStreams(pool.countStreams())))
        await wait(LOOK_EVERY_MS);
      await finishRequests(until);
    }
    cut();
    await wait(FAREWELL_MS);
  }
}

/** Requests are waited for once no more of them come. */
function hasStreams({ request: _, ...streams }: Partial<Record<StreamKind, number>>): boolean {
  return Object.values(streams).some((count) => count > 0);
}
