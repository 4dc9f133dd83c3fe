import type { Clock } from '../core/clock.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import { SESSION_KINDS } from '../core/session-kind.ts';
import type { LiveSession } from './live-session.ts';
import type { Hearing, SessionStore } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import { nextTurn } from './turn.ts';

/** How many rows are read at once. */
const PAGE = 1000;
/** Inactivity is decided on rows that are at most this old; activity is stored within a second. */
const LOOK_AHEAD_MS = 2500;
/** How long shells have to move from a session that was replaced elsewhere, before it ends here too. */
export const MOVE_WITHIN_MS = 1000;

export interface SessionsElsewherePorts {
  readonly store: Pick<SessionStore, 'findRows'>;
  readonly clock: Clock;
  readonly pool: SessionPool;
  readonly hearing: Pick<Hearing, 'takeAlong'>;
  failed(error: unknown): void;
}

/** What other replicas do to the sessions that this one holds: ends and activity, as their rows say. */
export class SessionsElsewhere {
  readonly #ports: SessionsElsewherePorts;
  /** Sessions that ended elsewhere and end here once their shells have moved. */
  readonly #moving = new Set<LiveSession>();

  constructor(ports: SessionsElsewherePorts) {
    this.#ports = ports;
  }

  /** Takes a row as it stands in the store: ends here what has ended there, and learns what people did. */
  heed(row: Session): void {
    const held = this.#ports.pool.find(row.id);
    if (held === undefined || this.#moving.has(held)) return;
    if (row.end === null) return held.hearActivity(row.lastActivityAt);
    const { reason, replacedBy } = row.end;
    // It ends with its parent, and not before that.
    if (reason === 'parent-ended' && held.parent !== null && this.#moving.has(held.parent)) return;
    const moved = replacedBy === undefined ? null : this.#ports.hearing.takeAlong(held, replacedBy);
    if (moved === null) this.#ports.pool.finish(held, row.end);
    else this.#finishOnceMoved(held, row.end, moved);
  }

  #finishOnceMoved(session: LiveSession, end: SessionEnd, moved: Promise<void>): void {
    const { clock, pool, failed } = this.#ports;
    this.#moving.add(session);
    const finish = (): void => {
      timer.dispose();
      this.#moving.delete(session);
      pool.finish(session, end);
    };
    const timer = clock.setTimer(clock.now() + MOVE_WITHIN_MS, finish);
    moved.catch(failed).finally(finish);
  }

  /** Reads sessions anew, those that are held here. @throws what the store threw */
  async reread(ids: Iterable<string>): Promise<void> {
    const wanted = this.#withParents(ids);
    for (let start = 0; start < wanted.length; start += PAGE) {
      if (start > 0) await nextTurn();
      const rows = await this.#ports.store.findRows(wanted.slice(start, start + PAGE));
      for (const kind of SESSION_KINDS) for (const row of rows) if (row.kind === kind) this.heed(row);
    }
  }

  /** Those of these sessions that are held here, and their parents, which come first: they may take their children along. */
  #withParents(ids: Iterable<string>): string[] {
    const held = [...ids].flatMap((id) => this.#ports.pool.find(id) ?? []);
    const portals = held.map((session) => session.parent ?? session);
    return [...new Set([...portals, ...held])].map(({ id }) => id);
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
    const due = this.#ports.pool.endingBefore(this.#ports.clock.now() + LOOK_AHEAD_MS);
    return this.reread(Array.from(due, ({ id }) => id));
  }
}
