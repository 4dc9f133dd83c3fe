import type { Clock } from '../core/clock.ts';
import { deadlineOf } from '../core/deadline.ts';
import type { Deadline } from '../core/deadline.ts';
import type { SessionEnd } from '../core/session.ts';
import { SESSION_KINDS } from '../core/session-kind.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { LimitBook } from './limit-book.ts';
import type { SessionStore, SessionWithUser } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import { nextTurn } from './turn.ts';

const PAGE = 200;
/** A millisecond of SQLite, which works on the event loop, and less than fifty where it has to read the disk. */
const LOOKED_AT = 250;
type OverPage = Awaited<ReturnType<SessionStore['listOver']>>;

export interface StoredSessionsPorts {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly limits: LimitBook;
  readonly pool: SessionPool;
}

/** Sessions as the store has them, whether or not this process holds them, with what memory knows better. */
export class StoredSessions {
  readonly #ports: StoredSessionsPorts;

  constructor(ports: StoredSessionsPorts) {
    this.#ports = ports;
  }

  /** A session of the store, ended or not, with what memory knows better; null when there is none of that id. */
  async find(id: string): Promise<SessionWithUser | null> {
    const holder = await this.#ports.store.findSession(id);
    return holder === null ? null : this.#fresh(holder);
  }

  /** How many portal sessions of a user live, as far as their ends are recorded. */
  async countLivePortals(userId: string): Promise<number> {
    return (await this.#ports.store.countLivePortals([userId])).get(userId) ?? 0;
  }

  /** Where a stored session stands now: its end, or null, and its deadline. */
  judge(stored: SessionWithUser): { end: SessionEnd | null; deadline: Deadline } {
    const { session, parent } = this.#fresh(stored);
    const now = this.#ports.clock.now();
    const parentDeadline = parent === null ? null : deadlineOf(parent, this.#ports.limits.limitsOf(parent, now), null);
    const deadline = deadlineOf(session, this.#ports.limits.limitsOf(session, now), parentDeadline);
    if (session.end !== null) return { end: session.end, deadline };
    // What was over before its parent ended did not end with it.
    if (
      parent !== null &&
      parent.end !== null &&
      !(deadline.reason !== 'parent-ended' && deadline.at <= parent.end.at)
    ) {
      return { end: { at: parent.end.at, reason: 'parent-ended', limit: parent.end.limit }, deadline };
    }
    const { reason, limit } = deadline;
    // A limit that was tightened meanwhile may put the deadline before what the user still did: it ended after that.
    const at = Math.max(deadline.at, session.lastActivityAt);
    return { end: deadline.at <= now ? { at, reason, limit } : null, deadline };
  }

  /**
   * Every live session of the store, as its row says; those held here with what memory knows better. Portal sessions
   * come first. Others have their turn in between, so that sessions start and end meanwhile.
   */
  async *liveRows(kind?: SessionKind, userId?: string): AsyncGenerator<SessionWithUser> {
    // The store walks along its index of live sessions, which begins with their kind.
    for (const each of kind === undefined ? SESSION_KINDS : [kind]) yield* this.#liveRowsOf(each, userId);
  }

  async *#liveRowsOf(kind: SessionKind, userId?: string): AsyncGenerator<SessionWithUser> {
    const which = { kind, ...(userId !== undefined && { userId }), limit: PAGE };
    for (let afterId = ''; ;) {
      const page = await this.#ports.store.listLive({ ...which, afterId });
      for (const holder of page) yield this.#fresh(holder);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      afterId = last.session.id;
      await nextTurn();
    }
  }

  /** Every live session of the store that is over by its row, in turns as above. Memory may know of later activity. */
  async *overRows(): AsyncGenerator<SessionWithUser> {
    const { store, clock, limits } = this.#ports;
    const rulesOf = (kind: SessionKind) => limits.overRules(kind, clock.now());
    for (const kind of SESSION_KINDS) {
      const parentRules = kind === 'kubernetes' ? rulesOf('portal') : [];
      const query = { kind, rules: rulesOf(kind), parentRules, expiredBy: clock.now(), among: LOOKED_AT };
      for (let afterId: string | null = ''; afterId !== null;) {
        const { items, lastId }: OverPage = await store.listOver({ ...query, afterId });
        for (const holder of items) yield this.#fresh(holder);
        afterId = lastId;
        await nextTurn();
      }
    }
  }

  #fresh(holder: SessionWithUser): SessionWithUser {
    const session = this.#ports.pool.find(holder.session.id)?.row() ?? holder.session;
    const parent = (holder.parent && this.#ports.pool.find(holder.parent.id)?.row()) ?? holder.parent;
    return { ...holder, session, parent };
  }
}
