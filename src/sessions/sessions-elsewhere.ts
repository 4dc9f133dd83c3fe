import type { Clock } from '../core/clock.ts';
import type { Session } from '../core/session.ts';
import type { SessionStore } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import { nextTurn } from './turn.ts';

/** How many rows are read at once. */
const PAGE = 1000;
/** Inactivity is decided on rows that are at most this old; activity is stored within a second. */
const LOOK_AHEAD_MS = 2500;

export interface SessionsElsewherePorts {
  readonly store: Pick<SessionStore, 'findRows'>;
  readonly clock: Clock;
  readonly pool: SessionPool;
}

/** What other replicas do to the sessions that this one holds: ends and activity, as their rows say. */
export class SessionsElsewhere {
  readonly #ports: SessionsElsewherePorts;

  constructor(ports: SessionsElsewherePorts) {
    this.#ports = ports;
  }

  /** Takes a row as it stands in the store: ends here what has ended there, and learns what people did. */
  heed(row: Session): void {
    const held = this.#ports.pool.find(row.id);
    if (held === undefined) return;
    if (row.end === null) held.hearActivity(row.lastActivityAt);
    else this.#ports.pool.finish(held, row.end);
  }

  /** Notes activity that another replica told of. */
  hearActivity(id: string, at: number): void {
    this.#ports.pool.find(id)?.hearActivity(at);
  }

  /** Reads sessions anew, those that are held here. @throws what the store threw */
  async reread(ids: Iterable<string>): Promise<void> {
    const wanted = [...ids].filter((id) => this.#ports.pool.find(id) !== undefined);
    for (let start = 0; start < wanted.length; start += PAGE) {
      if (start > 0) await nextTurn();
      for (const row of await this.#ports.store.findRows(wanted.slice(start, start + PAGE))) this.heed(row);
    }
  }

  /** Reads every session anew that is held here: ends may have been missed. @throws what the store threw */
  rereadAll(): Promise<void> {
    return this.reread(Array.from(this.#ports.pool.all(), ({ id }) => id));
  }

  /**
   * Reads anew what would end soon: somebody may be active through another replica, which told of the first thing
   * that was done after a pause only. To be called every second.
   */
  rereadDue(): Promise<void> {
    const ids = new Set<string>();
    for (const session of this.#ports.pool.endingBefore(this.#ports.clock.now() + LOOK_AHEAD_MS)) {
      ids.add(session.id);
      if (session.parent !== null) ids.add(session.parent.id);
    }
    return this.reread(ids);
  }
}
