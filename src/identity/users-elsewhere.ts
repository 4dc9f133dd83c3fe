import type { Sessions } from '../sessions/sessions.ts';
import { nextTurn } from '../sessions/turn.ts';
import type { UserStore } from './ports.ts';
import type { Users } from './users.ts';

/** How many rows are read at once. */
const PAGE = 1000;

export interface UsersElsewherePorts {
  readonly store: Pick<UserStore, 'findUsers'>;
  readonly users: Pick<Users, 'load' | 'mayReach'>;
  readonly sessions: Sessions;
}

/**
 * What other replicas do to users and grants, as the rows say. It is known here at once, for every request; whoever took
 * access away also ends the sessions that had it, and records who did it. `endLost` ends those that were overlooked: one
 * that began here in the same moment, or all of them where that replica died.
 */
export class UsersElsewhere {
  readonly #ports: UsersElsewherePorts;
  #grantsAreNew = false;

  constructor(ports: UsersElsewherePorts) {
    this.#ports = ports;
  }

  /** @throws what the store threw */
  async rereadGrants(): Promise<void> {
    await this.#ports.users.load();
    this.#grantsAreNew = true;
  }

  /** Reads anew every user of whom sessions are held here. @throws what the store threw */
  rereadAll(): Promise<void> {
    return this.reread(new Set(Array.from(this.#ports.sessions.pool.all(), ({ userId }) => userId)));
  }

  /** Reads users anew, as far as sessions of theirs are held here. @throws what the store threw */
  async reread(ids: Iterable<string>): Promise<void> {
    const wanted = [...ids];
    for (let start = 0; start < wanted.length; start += PAGE) {
      if (start > 0) await nextTurn();
      await this.#rereadPage(wanted.slice(start, start + PAGE));
    }
  }

  /** Ends what is held here and was lost elsewhere. To be called every second. */
  async endLost(): Promise<void> {
    const { sessions, users } = this.#ports;
    const lost = sessions.pool.takeLost();
    if (this.#grantsAreNew) {
      this.#grantsAreNew = false;
      for (const session of sessions.pool.all()) {
        const { kind, clusterId, user } = session;
        if (kind === 'kubernetes' && !users.mayReach(user, clusterId ?? '')) lost.push([session, 'revoked']);
      }
    }
    const live = lost.filter(([{ ended }]) => ended === null);
    await Promise.all(live.map(([{ id }, reason]) => sessions.end(id, reason)));
  }

  async #rereadPage(ids: readonly string[]): Promise<void> {
    const { store, sessions } = this.#ports;
    const { userChanges } = sessions.pool;
    const users = await store.findUsers(ids);
    // What was changed here meanwhile is perhaps newer than what was read.
    if (userChanges !== sessions.pool.userChanges) return this.#rereadPage(ids);
    sessions.pool.refreshUsers(users, userChanges);
  }
}
