import type { Clock, Timer } from '../core/clock.ts';
import { isWithin, stricter } from '../core/limits.ts';
import type { Limit, SessionLimits } from '../core/limits.ts';
import type { CatalogueEntry } from '../core/catalogue.ts';
import type { EndReason } from '../core/end-reason.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import { hasSameRights } from '../core/user.ts';
import type { User } from '../core/user.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { LiveSession } from './live-session.ts';
import type { LiveSessionOwner } from './live-session.ts';
import type { StoredToken, TokenPurpose } from './ports.ts';
import type { Stream, StreamKind } from './stream.ts';

/** How long an ended session is remembered, so that a row read just before its end cannot bring it back. */
const REMEMBER_ENDED_MS = 60_000;

/** What the pool knows of a token, by its hash. */
export interface HeldToken {
  readonly session: LiveSession;
  readonly purpose: TokenPurpose;
}

export interface SessionPoolPorts {
  readonly clock: Clock;
  /** Sessions just ended here, each parent before its children; streams are cut already. */
  ended(sessions: readonly LiveSession[]): void;
  activityNoted(session: LiveSession, idleMs: number): void;
  /** A stream was cut, so many milliseconds after the end of its session. */
  cut(kind: StreamKind, latenessMs: number): void;
  /** A stream's `cut` threw, which is a bug; the others are cut all the same. */
  cutFailed(error: unknown): void;
}

/**
 * The live sessions that this process holds, with one timer for all their deadlines. Whatever ends a session comes
 * through `finish`, which cuts its streams before anything else happens.
 */
export class SessionPool {
  readonly #ports: SessionPoolPorts;
  readonly #owner: LiveSessionOwner;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #tokens = new Map<string, HeldToken>();
  readonly #users = new Map<string, User>();
  readonly #endedAt = new Map<string, number>();
  readonly #queue = new DeadlineQueue<LiveSession>();
  readonly #streams = new Map<StreamKind, number>();
  readonly #lost = new Map<LiveSession, EndReason>();
  #userChanges = 0;
  #timer: { at: number; handle: Timer } | null = null;

  constructor(ports: SessionPoolPorts) {
    this.#ports = ports;
    this.#owner = {
      clock: ports.clock,
      userOf: (userId) => this.#userOf(userId),
      activityNoted: ports.activityNoted,
      streamsChanged: ({ kind }, change) => this.#streams.set(kind, (this.#streams.get(kind) ?? 0) + change),
    };
  }

  /** Takes a session in, unless it is held already or has just ended here (then null). */
  hold(row: Session, parent: LiveSession | null, user: User, limits: SessionLimits): LiveSession | null {
    const held = this.#sessions.get(row.id);
    if (held !== undefined) return held;
    if (row.end !== null || this.#endedAt.has(row.id) || (parent !== null && parent.ended !== null)) return null;
    if (!this.#users.has(user.id)) this.#users.set(user.id, user);
    const session = new LiveSession(row, parent, limits, this.#owner);
    this.#sessions.set(session.id, session);
    parent?.addChild(session);
    this.#schedule(session);
    return session;
  }

  find(id: string): LiveSession | undefined {
    return this.#sessions.get(id);
  }

  all(): IterableIterator<LiveSession> {
    return this.#sessions.values();
  }

  rememberToken(session: LiveSession, token: Pick<StoredToken, 'hash' | 'purpose'>): void {
    this.#tokens.set(token.hash, { session, purpose: token.purpose });
    session.tokenHashes = [...session.tokenHashes, token.hash];
  }

  /** It is asked for in the store when it comes again. */
  readonly forgetToken = (hash: string): boolean => this.#tokens.delete(hash);

  findToken(hash: string): HeldToken | undefined {
    return this.#tokens.get(hash);
  }

  /** A user's role, flag or state changed: from now on the sessions held here see it. */
  replaceUser(user: User): void {
    this.#userChanges++;
    this.#users.set(user.id, user);
  }

  /** How often a user was replaced; for `refreshUsers`. */
  get userChanges(): number {
    return this.#userChanges;
  }

  /**
   * Takes users as the store has them: another replica may have changed them. Sessions and API tokens held here of one who has
   * another role, flag or state now are lost, whoever finds that out.
   *
   * @param userChanges before the store was read; what was changed here since is newer than what was read
   * @param begun a session that began with what was read
   */
  refreshUsers(users: readonly User[], userChanges: number, begun?: LiveSession): void {
    if (userChanges !== this.#userChanges) return;
    const changed = new Map<string, EndReason>();
    for (const user of users) {
      const before = this.#users.get(user.id);
      this.#users.set(user.id, user);
      if (before === undefined || hasSameRights(before, user)) continue;
      changed.set(user.id, user.disabledAt === null ? 'revoked' : 'user-disabled');
    }
    if (changed.size === 0) return;
    for (const session of this.#sessions.values()) {
      const reason = changed.get(session.userId);
      if (reason !== undefined && session.parent === null && session !== begun) this.#lost.set(session, reason);
    }
  }

  /** The sessions that were lost since this was last asked, each with why it is to end. */
  takeLost(): [LiveSession, EndReason][] {
    const lost = [...this.#lost];
    this.#lost.clear();
    return lost;
  }

  /** Applies a changed limit to the live sessions that it binds: it tightens at once and never loosens. */
  tighten(limits: NonNullable<CatalogueEntry['limits']>, limit: Limit): void {
    // Sessions share their limits where they are equal, and go on doing so.
    const tightened = new Map<SessionLimits, SessionLimits>();
    this.relimit((session) => {
      const before = session.limits;
      if (session.kind !== limits.kind || !isWithin(session, limit.scope)) return before;
      const after = tightened.get(before) ?? { ...before, [limits.by]: stricter(before[limits.by], limit) };
      tightened.set(before, after);
      return after;
    });
  }

  /** Gives every session its limits anew, and ends now what is over by them. */
  relimit(limitsOf: (session: LiveSession) => SessionLimits): void {
    // What is over already ended by the limits that it had.
    this.#endDue();
    for (const session of this.#sessions.values()) session.limits = limitsOf(session);
    const now = this.#ports.clock.now();
    // Streams first: to put a hundred thousand deadlines in order takes longer than a cut may.
    for (const session of this.#sessions.values()) if (session.streamCount > 0) this.#finishIfOver(session, now);
    this.#queue.reset(
      [...this.#sessions.values()].filter(({ ended }) => ended === null),
      (session) => session.deadline().at,
    );
    this.#endDue(now);
  }

  /** Ends a session and everything under it, now: marks it, cuts its streams, then tells. */
  finish(session: LiveSession, end: SessionEnd): void {
    if (session.ended !== null) return;
    const { parent } = session;
    const parentEnd = end.reason === 'parent-ended' ? (parent?.end() ?? null) : null;
    if (parent !== null && parent.ended === null && parentEnd !== null) {
      // It is over because its parent is: that one ends first, and takes it along.
      return this.finish(parent, { ...parentEnd, at: Math.max(parentEnd.at, end.at) });
    }
    const finished = this.#mark(session, end);
    for (const each of finished) this.#cutStreams(each, each.ended ?? end);
    this.#ports.ended(finished);
  }

  /** Cuts every stream here, or those of one kind, though the sessions live on: this process serves them no longer. */
  cutAllStreams(end: SessionEnd, kind?: StreamKind): void {
    for (const session of this.#sessions.values()) this.#cutStreams(session, end, kind);
  }

  /** The live sessions that would end before an instant, as far as this process knows. */
  *endingBefore(at: number): Generator<LiveSession> {
    for (const session of this.#queue.dueBefore(at)) if (session.deadline().at < at) yield session;
  }

  /** Notes that a session ended which is perhaps being read right now, so that it is not taken in as live. */
  rememberEnded(id: string): void {
    this.#pruneEnded();
    this.#endedAt.set(id, this.#ports.clock.now());
  }

  /**
   * Forgets an ended session, once its end is recorded: from then on the store answers for it.
   *
   * @param won whether this process ended it. Otherwise the store may know of activity elsewhere, and it may live.
   */
  forget(session: LiveSession, won: boolean): void {
    if (!won) this.forgetEnd(session.id);
    this.#sessions.delete(session.id);
    this.#lost.delete(session);
    for (const hash of session.tokenHashes) this.#tokens.delete(hash);
    session.parent?.removeChild(session);
    this.#pruneEnded();
  }

  /** The end of a session did not come about after all. */
  forgetEnd(id: string): void {
    this.#endedAt.delete(id);
  }

  countSessions(): Record<SessionKind, number> {
    const counts: Record<SessionKind, number> = { portal: 0, 'api-token': 0, kubernetes: 0 };
    for (const session of this.#sessions.values()) if (session.ended === null) counts[session.kind]++;
    return counts;
  }

  countStreams(): Partial<Record<StreamKind, number>> {
    return Object.fromEntries(this.#streams);
  }

  stop(): void {
    this.#timer?.handle.dispose();
    this.#timer = null;
  }

  #userOf(userId: string): User {
    const user = this.#users.get(userId);
    if (user === undefined) throw new Error(`session pool: user ${userId} is not known`);
    return user;
  }

  #mark(session: LiveSession, end: SessionEnd): LiveSession[] {
    if (session.ended !== null) return [];
    session.ended = end;
    this.#endedAt.set(session.id, this.#ports.clock.now());
    this.#queue.remove(session);
    const childEnd: SessionEnd = { at: end.at, reason: 'parent-ended', limit: end.limit };
    return [session, ...[...session.children.values()].flatMap((child) => this.#mark(child, childEnd))];
  }

  #cutStreams(session: LiveSession, end: SessionEnd, kind?: StreamKind): void {
    for (const stream of session.takeStreams(kind)) this.#cut(stream, end);
  }

  #cut(stream: Stream, end: SessionEnd): void {
    try {
      stream.cut(end);
      this.#ports.cut(stream.kind, Math.max(0, this.#ports.clock.now() - end.at));
    } catch (error) {
      this.#ports.cutFailed(error);
    }
  }

  #schedule(session: LiveSession): void {
    this.#queue.add(session, session.deadline().at);
    this.#arm();
  }

  #arm(): void {
    const at = this.#queue.nextAt();
    if (this.#timer !== null && this.#timer.at <= at) return;
    this.#timer?.handle.dispose();
    this.#timer = Number.isFinite(at) ? { at, handle: this.#ports.clock.setTimer(at, () => this.#timerFired()) } : null;
  }

  #timerFired(): void {
    this.#timer = null;
    this.#endDue();
  }

  /**
   * The timer is a reminder: a session that was active meanwhile goes back into the queue with its new deadline.
   *
   * @param notBefore a limit that was tightened now ends what it ends now, though its deadline would have been earlier
   */
  #endDue(notBefore = 0): void {
    const now = this.#ports.clock.now();
    for (let due = this.#queue.takeDue(now); due !== undefined; due = this.#queue.takeDue(now)) {
      if (!this.#finishIfOver(due, notBefore)) this.#queue.add(due, due.deadline().at);
    }
    this.#arm();
  }

  #finishIfOver(session: LiveSession, notBefore: number): boolean {
    const end = session.end();
    if (end !== null) this.finish(session, { ...end, at: Math.max(end.at, notBefore) });
    return end !== null;
  }

  #pruneEnded(): void {
    const before = this.#ports.clock.now() - REMEMBER_ENDED_MS;
    for (const [id, at] of this.#endedAt) {
      if (at >= before) return;
      this.#endedAt.delete(id);
    }
  }
}
