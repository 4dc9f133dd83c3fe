import type { Clock, Timer } from '../core/clock.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionStore } from './ports.ts';
import { ROWS_IN_ONE_TURN, nextTurn } from './turn.ts';

/** Activity reaches the store this much later at the latest, unless the store fails. */
const FLUSH_MS = 1000;
/** After so long a pause it is stored at once: another replica may be about to end the session for inactivity. */
const LONG_PAUSE_MS = 5000;

/** Stores what people did, many sessions at a time. A store that fails is tried again every second. */
export class ActivityRecorder {
  readonly #store: Pick<SessionStore, 'recordActivity'>;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #active = new Set<LiveSession>();
  #timer: Timer | null = null;

  constructor(store: Pick<SessionStore, 'recordActivity'>, clock: Clock, failed: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#failed = failed;
  }

  note(session: LiveSession, idleMs: number): void {
    this.#active.add(session);
    if (idleMs > LONG_PAUSE_MS) this.#flushIn(0);
    else if (this.#timer === null) this.#flushIn(FLUSH_MS);
  }

  #flushIn(ms: number): void {
    this.stop();
    this.#timer = this.#clock.setTimer(this.#clock.now() + ms, () => {
      this.#timer = null;
      this.flush().catch(this.#failed);
    });
  }

  /** Forgets a session that has ended: its activity changes nothing any more. */
  forget(session: LiveSession): void {
    this.#active.delete(session);
  }

  /** Stores what was noted. @throws what the store threw; what was noted is kept for later then */
  async flush(): Promise<void> {
    const active = [...this.#active];
    this.#active.clear();
    while (active.length > 0) {
      const rows = active.slice(0, ROWS_IN_ONE_TURN).map(({ id, lastActivityAt }) => ({ id, at: lastActivityAt }));
      try {
        await this.#store.recordActivity(rows);
      } catch (error) {
        for (const session of active) if (session.ended === null) this.note(session, 0);
        throw error;
      }
      active.splice(0, ROWS_IN_ONE_TURN);
      if (active.length > 0) await nextTurn();
    }
  }

  stop(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
