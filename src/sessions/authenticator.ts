import type { SessionEnd } from '../core/session.ts';
import { UNKNOWN_TOKEN } from './authentication.ts';
import type { Authentication } from './authentication.ts';
import type { FoundEnds } from './found-ends.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionWithUser, SessionsPorts, TokenPurpose } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import type { SessionsElsewhere } from './sessions-elsewhere.ts';
import { hashToken } from './token.ts';

export interface AuthenticatorPorts extends Pick<SessionsPorts, 'store' | 'clock' | 'hearing'> {
  readonly pool: SessionPool;
  readonly elsewhere: Pick<SessionsElsewhere, 'heed'>;
  readonly ends: Pick<FoundEnds, 'recordOver'>;
  /** Takes a stored session into memory; null when it is over. */
  hold(holder: SessionWithUser): LiveSession | null;
}

/** Finds whose a token is: in memory as long as this process hears what others write, else in the store. */
export class Authenticator {
  readonly #ports: AuthenticatorPorts;

  constructor(ports: AuthenticatorPorts) {
    this.#ports = ports;
  }

  authenticate(token: string): Authentication | Promise<Authentication> {
    const hash = hashToken(token);
    return this.#findHeld(hash) ?? this.#findStored(hash);
  }

  authenticateHeld(token: string): Authentication {
    return this.#findHeld(hashToken(token)) ?? UNKNOWN_TOKEN;
  }

  /** Null where the store has to be asked. */
  #findHeld(hash: string): Authentication | null {
    const known = this.#ports.pool.findToken(hash);
    if (known === undefined || !this.#ports.hearing.isCurrent()) return null;
    return this.#judge(known.session, known.purpose);
  }

  async #findStored(hash: string): Promise<Authentication> {
    const { store, hearing, pool, elsewhere, ends } = this.#ports;
    if (!hearing.isCurrent()) await hearing.catchUp();
    const { userChanges } = pool;
    const found = await store.findToken(hash);
    if (found === null) return UNKNOWN_TOKEN;
    const { token, holder } = found;
    pool.refreshUsers([holder.user], userChanges);
    for (const row of [holder.parent, holder.session]) if (row !== null) elsewhere.heed(row);
    const session = this.#ports.hold(holder);
    if (session === null) {
      const { kind } = holder.session;
      const { username } = holder.user;
      return { live: false, kind, purpose: token.purpose, end: ends.recordOver(holder), username };
    }
    if (pool.findToken(hash) === undefined) pool.rememberToken(session, token);
    return this.#judge(session, token.purpose);
  }

  #judge(session: LiveSession, purpose: TokenPurpose): Authentication {
    const end = session.end() ?? this.#endOfDisabled(session);
    if (end === null) return { live: true, session, purpose };
    // The deadline has passed, though its timer has not fired yet; or whoever disabled the user could end nothing.
    this.#ports.pool.finish(session, end);
    return { live: false, kind: session.kind, purpose, end, username: session.user.username };
  }

  #endOfDisabled({ user }: LiveSession): SessionEnd | null {
    return user.disabledAt === null ? null : { at: this.#ports.clock.now(), reason: 'user-disabled', limit: null };
  }
}
