import type { Clock, Timer } from '../core/clock.ts';
import { describeCause, describeSession } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import type { SessionEnding, SessionStore } from './ports.ts';
import { ROWS_IN_ONE_TURN, nextTurn } from './turn.ts';

const RETRY_MS = 1000;
const NOT_RECORDED =
  'The session has ended here, and that could not be recorded yet. It is tried again every second, until it is.';

/** An end that waits for being recorded; `recorded` is called once it stands in the store. */
interface Waiting {
  readonly ending: SessionEnding;
  recorded(won: boolean): void;
}

/**
 * Records ends in the store, many at a time. The access is over before this begins; here it only becomes history. A
 * store that fails is tried again every second, for as long as it takes.
 */
export class EndRecorder {
  readonly #store: Pick<SessionStore, 'endSessions'>;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #retry: Timer | null = null;

  constructor(store: Pick<SessionStore, 'endSessions'>, clock: Clock, failed: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#failed = failed;
  }

  add(ending: SessionEnding, recorded: (won: boolean) => void): void {
    this.#waiting.push({ ending, recorded });
    if (this.#retry === null) this.#running ??= this.#drain();
  }

  /**
   * Waits until what was added before is recorded.
   *
   * @throws PortalError `unavailable` when the store cannot be written now
   */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running !== null) {
      await (this.#running ??= this.#drain());
      if (this.#retry !== null) throw new PortalError('unavailable', NOT_RECORDED, { retryAfterMs: RETRY_MS });
    }
  }

  /** Tries nothing again by itself any more, until something fails again. */
  stop(): void {
    this.#retry?.dispose();
    this.#retry = null;
  }

  async #drain(): Promise<void> {
    // A turn of patience: what was just cut is gone for its clients first, and what ends together is recorded together.
    await nextTurn();
    const batch = this.#waiting.splice(0, ROWS_IN_ONE_TURN);
    try {
      const won = new Set(await this.#store.endSessions(batch.map(({ ending }) => ending)));
      this.#running = null;
      this.stop();
      // An end that two requests found at once is in here twice: it is won once.
      for (const { ending, recorded } of batch) recorded(won.delete(ending.id));
    } catch (error) {
      this.#running = null;
      this.#waiting = [...batch, ...this.#waiting];
      this.#failed(error);
      this.#retry ??= this.#clock.setTimer(this.#clock.now() + RETRY_MS, () => {
        this.#retry = null;
        if (this.#waiting.length > 0) this.#running ??= this.#drain();
      });
      return;
    }
    if (this.#waiting.length > 0) this.#running ??= this.#drain();
  }
}

/** The entry for the end of a session in the record of what happened. */
export function endingOf(
  session: Pick<Session, 'id' | 'kind' | 'clusterId' | 'tenantId' | 'lastActivityAt' | 'apiToken'>,
  username: string,
  end: SessionEnd,
  now: number,
  by: string | null,
): SessionEnding {
  const who = by === null || by === username ? '' : ` (by ${by})`;
  const sentence = `${describeSession(session)} of ${username} ended: ${end.reason}, ${describeCause(end)}${who}.`;
  return {
    id: session.id,
    end,
    lastActivityAt: session.lastActivityAt,
    record: { at: now, event: 'session.ended', actor: by ?? username, subject: session.id, address: null, sentence },
  };
}
