import type { Sessions } from '../sessions/sessions.ts';
import { nextTurn } from '../sessions/turn.ts';
import type { UserStore } from './ports.ts';
import type { Tenants } from './tenants.ts';
import type { Users } from './users.ts';

/** How many rows are read at once. */
const PAGE = 1000;

export interface UsersElsewherePorts {
  readonly store: Pick<UserStore, 'findUsers'>;
  readonly users: Pick<Users, 'load'>;
  readonly tenants: Pick<Tenants, 'load' | 'mayEnter' | 'takeNarrowed'>;
  readonly sessions: Sessions;
}

/**
 * What other replicas do to users, grants and tenants, as the rows say. It is known here at once, for every request; whoever took
 * access away also ends the sessions that had it, and records who did it. `endLost` ends those that were overlooked: one
 * that began here in the same moment, or all of them where that replica died.
 */
export class UsersElsewhere {
  readonly #ports: UsersElsewherePorts;
  #accessIsNew = false;

  constructor(ports: UsersElsewherePorts) {
    this.#ports = ports;
  }

  /** Reads grants and tenants anew. @throws what the store threw */
  async rereadAccess(): Promise<void> {
    await Promise.all([this.#ports.users.load(), this.#ports.tenants.load()]);
    this.#accessIsNew = true;
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
    const { sessions, tenants } = this.#ports;
    const lost = sessions.pool.takeLost();
    if (this.#accessIsNew) {
      this.#accessIsNew = false;
      const isNarrowed = tenants.takeNarrowed();
      for (const session of sessions.pool.all()) {
        const { kind, clusterId, tenantId, user } = session;
        if (kind !== 'kubernetes') continue;
        const isLost = !tenants.mayEnter(user, clusterId ?? '', tenantId) || isNarrowed(session);
        if (isLost) lost.push([session, 'revoked']);
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
