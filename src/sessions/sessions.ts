import type { Timer } from '../core/clock.ts';
import type { EndReason } from '../core/end-reason.ts';
import { describeSession } from '../core/explain.ts';
import type { LimitChange } from '../core/limits.ts';
import type { Place } from '../core/place.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { User } from '../core/user.ts';
import { ActivityRecorder } from './activity-recorder.ts';
import type { Authentication } from './authentication.ts';
import { Authenticator } from './authenticator.ts';
import { FoundEnds } from './found-ends.ts';
import { KubernetesOpening } from './kubernetes-opening.ts';
import { KubernetesTime } from './kubernetes-time.ts';
import { LimitBook } from './limit-book.ts';
import { LimitChanges } from './limit-changes.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionWithUser, SessionsPorts, StoredToken, TokenPurpose } from './ports.ts';
import { endedError, reauthenticationError, tooManyTokensError } from './refusals.ts';
import { SessionPool } from './session-pool.ts';
import { SessionsElsewhere } from './sessions-elsewhere.ts';
import { StoredSessions } from './stored-sessions.ts';
import { MOST_TOKENS, hashToken, issuedRecord, newId, newToken } from './token.ts';
import type { IssuedPurpose } from './token.ts';

/** The use cases of sessions: start, authenticate, end, sweep. Access ends in memory first and is recorded then. */
export class Sessions {
  readonly limits = new LimitBook();
  readonly pool: SessionPool;
  readonly stored: StoredSessions;
  readonly elsewhere: SessionsElsewhere;
  readonly kubernetesTime: KubernetesTime;
  readonly #ports: SessionsPorts;
  readonly #ends: FoundEnds;
  readonly #activity: ActivityRecorder;
  readonly #opening: KubernetesOpening;
  readonly #limitChanges: LimitChanges;
  readonly #authenticator: Authenticator;

  constructor(ports: SessionsPorts) {
    this.#ports = ports;
    this.#activity = new ActivityRecorder(ports.store, ports.clock, ports.failed);
    this.pool = new SessionPool({
      clock: ports.clock,
      ended: (sessions) => {
        for (const session of sessions) this.#activity.forget(session);
        this.#ends.record(sessions);
      },
      activityNoted: (session, idleMs) => this.#activity.note(session, idleMs),
      cut: ports.cut,
      cutFailed: ports.failed,
    });
    const held = { store: ports.store, clock: ports.clock, pool: this.pool };
    this.stored = new StoredSessions({ ...held, limits: this.limits });
    this.kubernetesTime = new KubernetesTime({ ...held, stored: this.stored });
    this.elsewhere = new SessionsElsewhere({ ...held, hearing: ports.hearing, failed: ports.failed });
    this.#ends = new FoundEnds({ ...ports, pool: this.pool, stored: this.stored });
    this.#opening = new KubernetesOpening({
      ...{ pool: this.pool, hearing: ports.hearing, elsewhere: this.elsewhere, time: this.kubernetesTime },
      start: (parent, place, startedAt) =>
        this.#start(
          { ...this.#newRow('kubernetes', parent.user, parent.id, place), startedAt },
          parent,
          parent.user,
          null,
          null,
        ),
      endsRecorded: () => this.#ends.flush(),
    });
    this.#limitChanges = new LimitChanges({ ...ports, ...held, limits: this.limits, elsewhere: this.elsewhere });
    this.#authenticator = new Authenticator({
      ...{ ...held, hearing: ports.hearing, elsewhere: this.elsewhere, ends: this.#ends },
      hold: (holder) => this.#hold(holder),
    });
  }

  /** Reads the limits' history and applies it. To be called before anything else, and when another replica changed it. */
  load(): Promise<void> {
    return this.#limitChanges.load();
  }

  /**
   * Starts a portal session with its first token; the token is returned once and stored as its hash only.
   *
   * @param authenticatedAt when the user authenticated: from then on its time runs, and not from later
   */
  async startPortal(
    user: User,
    purpose: 'cookie' | 'bearer',
    address: string | null,
    authenticatedAt = this.#ports.clock.now(),
  ): Promise<{ session: LiveSession; token: string }> {
    const token = newToken();
    const row = { ...this.#newRow('portal', user, null), startedAt: authenticatedAt };
    const stored: StoredToken = { hash: hashToken(token), sessionId: row.id, purpose, place: null };
    const session = await this.#start(row, null, user, stored, address);
    return { session, token };
  }

  /**
   * The Kubernetes session of a portal session at a place: joins the live one, or starts it, in the time that is left of
   * the authentication. Under an API token a new one follows the one that has ended.
   *
   * @throws PortalError `reauthentication-required` when it has ended: only re-authentication renews; `forbidden` for an
   *   API token that was made without
   */
  openKubernetes(
    portal: LiveSession,
    clusterId: string,
    tenantId: string | null = null,
  ): LiveSession | Promise<LiveSession> {
    return this.#opening.open(portal, { clusterId, tenantId });
  }

  /** A further token for a session; it dies with it. @throws PortalError `session-ended`, `too-many-tokens` */
  async issueToken(
    session: LiveSession,
    purpose: IssuedPurpose,
    address: string | null,
    token = newToken(),
    did?: string,
  ) {
    const stored = { hash: hashToken(token), sessionId: session.id, purpose, place: session.place };
    const record = issuedRecord(session, purpose, address, this.#ports.clock.now(), did);
    const ended = session.end() !== null;
    const outcome = ended ? 'ended' : await this.#ports.store.insertToken(stored, MOST_TOKENS[purpose], record);
    const end = session.end();
    if (outcome === 'ended' || end !== null) throw endedError(session.kind, end);
    if (outcome === 'too-many') throw tooManyTokensError(MOST_TOKENS[purpose]);
    this.pool.rememberToken(session, stored);
    return token;
  }

  /** Uses a token up. @returns true for one of those who try at once: it was there, with that purpose */
  takeToken(token: string, purpose: TokenPurpose): Promise<boolean> {
    const hash = hashToken(token);
    this.pool.forgetToken(hash);
    return this.#ports.store.takeToken(hash, purpose);
  }

  /** Whose a token is. Answers at once for sessions that are held, and asks the store for others. */
  authenticate(token: string): Authentication | Promise<Authentication> {
    return this.#authenticator.authenticate(token);
  }

  /** The same from memory alone: a token that only the store could tell of is like one that is not known. */
  authenticateHeld(token: string): Authentication {
    return this.#authenticator.authenticateHeld(token);
  }

  /**
   * Ends a session and everything under it. Resolves once that is recorded.
   *
   * @param by the username of whoever ended it
   * @param replacedBy the session that takes its place
   * @returns false when it had ended before, or never was
   */
  async end(id: string, reason: EndReason, by: string | null = null, replacedBy?: string): Promise<boolean> {
    const held = await this.find(id);
    if (held === null) return false;
    const over = this.#endHere(held, reason, by, replacedBy);
    await this.#ends.flush();
    // One that was over as far as this process knew may live on: somebody was active through another replica.
    return over === null || this.end(id, reason, by, replacedBy);
  }

  /** Ends at once those sessions held here that `which` picks, first what has streams. Resolves once that is recorded. */
  async endHeld(which: (session: LiveSession) => boolean, reason: EndReason, by: string): Promise<void> {
    const picked = [...this.pool.all()].filter((session) => session.ended === null && which(session));
    for (const session of picked.toSorted((a, b) => b.streamCount - a.streamCount)) this.#endHere(session, reason, by);
    await this.#ends.flush();
  }

  /** A session by its id, taken into memory where it is not held; null when it is over or never was. */
  async find(id: string): Promise<LiveSession | null> {
    return this.pool.find(id) ?? this.#loadById(id);
  }

  /**
   * Ends all portal sessions and API tokens of a user but one; resolves with their number once that is recorded. Looks again
   * until there are none: one may have been started meanwhile in the name of one that ends here (docs/adr/0018).
   */
  async endAllOf(
    userId: string,
    reason: EndReason,
    by: string,
    { exceptId, kinds = ['portal', 'api-token'] }: { exceptId?: string; kinds?: readonly SessionKind[] } = {},
  ): Promise<number> {
    const ids: string[] = [];
    for (const kind of kinds)
      for await (const { session } of this.stored.liveRows(kind, userId))
        if (session.id !== exceptId) ids.push(session.id);
    const ends = await Promise.all(ids.map((id) => this.end(id, reason, by)));
    const ended = ends.filter(Boolean).length;
    if (ended === 0) return 0;
    return ended + (await this.endAllOf(userId, reason, by, { kinds, ...(exceptId !== undefined && { exceptId }) }));
  }

  /** A limit was written; it has tightened the live sessions in its scope once this resolves. */
  limitChanged(change: LimitChange): Promise<void> {
    return this.#limitChanges.changed(change);
  }

  /** Calls back after every change of a limit, until disposed of. */
  onLimitsChanged(listener: () => void): Timer {
    return this.#limitChanges.onChange(listener);
  }

  /**
   * Records the end of sessions that are over and that no process holds, and forgets ended ones that are old enough.
   *
   * @returns how many ends were found
   */
  async sweep(keepEndedMs: number): Promise<number> {
    let found = 0;
    for await (const holder of this.stored.overRows()) {
      if (this.pool.find(holder.session.id) === undefined && this.#ends.recordOver(holder) !== null) found++;
    }
    await this.#ends.flush();
    await this.#ports.store.deleteEndedBefore(this.#ports.clock.now() - keepEndedMs);
    return found;
  }

  /** Writes what is not stored yet. Sessions live on: a restart signs nobody out. */
  async stop(): Promise<void> {
    this.pool.stop();
    try {
      await this.#activity.flush();
      await this.#ends.flush();
    } finally {
      this.#activity.stop();
      this.#ends.stop();
    }
  }

  /** @returns its end where it was over already */
  #endHere(session: LiveSession, reason: EndReason, by: string | null, replacedBy?: string): SessionEnd | null {
    const over = session.end();
    if (over === null && by !== null) this.#ends.noteWho(session.id, by);
    const end = { at: this.#ports.clock.now(), reason, limit: null, ...(replacedBy !== undefined && { replacedBy }) };
    this.pool.finish(session, over ?? end);
    return over;
  }

  #newRow(kind: SessionKind, user: User, parentId: string | null, place: Place | null = null): Session {
    const now = this.#ports.clock.now();
    const id = newId(kind === 'portal' ? 'ps' : 'ks');
    const { clusterId, tenantId } = place ?? { clusterId: null, tenantId: null };
    return { id, kind, userId: user.id, parentId, clusterId, tenantId, startedAt: now, lastActivityAt: now, end: null };
  }

  async #start(
    row: Session,
    parent: LiveSession | null,
    user: User,
    token: StoredToken | null,
    address: string | null,
  ): Promise<LiveSession> {
    const standing = await this.#ports.store.insertSession(row, token, {
      at: row.lastActivityAt,
      event: 'session.started',
      actor: user.username,
      subject: row.id,
      address,
      sentence: `${describeSession(row)} of ${user.username} started.`,
    });
    if (standing.end !== null) throw reauthenticationError(standing.end);
    const session = this.pool.hold(standing, parent, user, this.limits.limitsOf(standing, this.#ports.clock.now()));
    if (session === null) throw endedError(row.kind, parent?.end() ?? null);
    if (standing.id === row.id) this.#ports.started(row.kind);
    if (token !== null) this.pool.rememberToken(session, token);
    return session;
  }

  /** Takes a stored session into memory, its parent first; null when it is over. */
  #hold(holder: SessionWithUser): LiveSession | null {
    if (this.stored.judge(holder).end !== null) return null;
    const now = this.#ports.clock.now();
    const limitsOf = (row: Session) => this.limits.limitsOf(row, now);
    const { parent: parentRow, session, user } = holder;
    const parent = parentRow === null ? null : this.pool.hold(parentRow, null, user, limitsOf(parentRow));
    if (parentRow !== null && parent === null) return null;
    return this.pool.hold(session, parent, user, limitsOf(session));
  }

  async #loadById(id: string): Promise<LiveSession | null> {
    const holder = await this.#ports.store.findSession(id);
    if (holder === null) return null;
    const session = this.#hold(holder);
    if (session !== null || holder.session.end !== null || this.#ends.recordOver(holder) === null) return session;
    // Over, and nobody has recorded it: until somebody has, activity through another replica may still revive it.
    await this.#ends.flush();
    return this.#loadById(id);
  }
}
