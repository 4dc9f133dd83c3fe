import type { Clock } from '../core/clock.ts';
import { activityAt, deadlineOf, latestDeadline } from '../core/deadline.ts';
import type { Deadline } from '../core/deadline.ts';
import type { SessionLimits } from '../core/limits.ts';
import { placeText } from '../core/place.ts';
import type { ApiTokenTerms, Session, SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { User } from '../core/user.ts';
import type { Queued } from './deadline-queue.ts';
import type { SessionHandle, Stream, StreamAdmission, StreamKind } from './stream.ts';

const NO_CHILDREN: ReadonlyMap<string, LiveSession> = new Map();
const NO_HASHES: readonly string[] = [];

/** What a live session tells whoever holds them all. */
export interface LiveSessionOwner {
  readonly clock: Clock;
  userOf(userId: string): User;
  /** @param idleMs how long nothing had been done before */
  activityNoted(session: LiveSession, idleMs: number): void;
  streamsChanged(stream: Stream, change: 1 | -1): void;
}

/** A session that is held in memory: exact about its deadline, and the owner of its streams. */
export class LiveSession implements SessionHandle, Queued {
  readonly id: string;
  readonly kind: SessionKind;
  readonly userId: string;
  readonly parent: LiveSession | null;
  readonly clusterId: string | null;
  readonly tenantId: string | null;
  readonly startedAt: number;
  /** What an API token was made with; absent for every other kind. */
  declare readonly apiToken?: ApiTokenTerms;
  /** Under which hashes the pool knows its tokens; never changed in place. */
  tokenHashes: readonly string[] = NO_HASHES;
  lastActivityAt: number;
  limits: SessionLimits;
  queuedAt = Number.NaN;
  /** Set once the end has been acted on; before that, `end()` computes. */
  ended: SessionEnd | null = null;
  readonly #owner: LiveSessionOwner;
  // Most sessions have neither, and there may be hundreds of thousands of them (design, section 6: 1 KiB each).
  #streams: Set<Stream> | null = null;
  #children: Map<string, LiveSession> | null = null;

  constructor(session: Session, parent: LiveSession | null, limits: SessionLimits, owner: LiveSessionOwner) {
    this.id = session.id;
    this.kind = session.kind;
    this.userId = session.userId;
    this.parent = parent;
    this.clusterId = session.clusterId;
    this.tenantId = session.tenantId;
    this.startedAt = session.startedAt;
    this.lastActivityAt = session.lastActivityAt;
    if (session.apiToken !== undefined) this.apiToken = session.apiToken;
    this.limits = limits;
    this.#owner = owner;
  }

  /** The Kubernetes sessions under this one, by their places as texts. */
  get children(): ReadonlyMap<string, LiveSession> {
    return this.#children ?? NO_CHILDREN;
  }

  addChild(child: LiveSession): void {
    if (child.place !== null) (this.#children ??= new Map()).set(child.place, child);
  }

  removeChild(child: LiveSession): void {
    // Under an API token another one may have followed it.
    if (child.place !== null && this.#children?.get(child.place) === child) this.#children.delete(child.place);
  }

  /** Where a Kubernetes session is, as a text; null for every other kind. */
  get place(): string | null {
    return this.clusterId === null ? null : placeText({ clusterId: this.clusterId, tenantId: this.tenantId });
  }

  get user(): User {
    return this.#owner.userOf(this.userId);
  }

  get streamCount(): number {
    return this.#streams?.size ?? 0;
  }

  deadline(): Deadline {
    return deadlineOf(this, this.limits, this.parent?.deadline() ?? null);
  }

  latestDeadline(): Deadline {
    return latestDeadline(this, this.limits, this.parent?.latestDeadline() ?? null);
  }

  /** The latest instant that its deadline can reach; `Infinity` where only inactivity limits it. */
  latestEndAt(): number {
    return this.latestDeadline().at;
  }

  end(): SessionEnd | null {
    if (this.ended !== null) return this.ended;
    const parentEnd = this.parent?.ended ?? null;
    if (parentEnd !== null) return { at: parentEnd.at, reason: 'parent-ended', limit: parentEnd.limit };
    const { at, reason, limit } = this.deadline();
    return at <= this.#owner.clock.now() ? { at, reason, limit } : null;
  }

  touch(): void {
    if (this.end() !== null) return;
    this.#noteActivity(this.#owner.clock.now());
    this.parent?.touch();
  }

  #noteActivity(now: number): void {
    const at = activityAt(this, now, now);
    const idleMs = at - this.lastActivityAt;
    if (idleMs === 0) return;
    this.lastActivityAt = at;
    this.#owner.activityNoted(this, idleMs);
  }

  /** Learns of something that a person did through another replica. It never revives what has ended here. */
  hearActivity(at: number): void {
    if (this.ended === null) this.lastActivityAt = activityAt(this, at, this.#owner.clock.now());
  }

  openStream(stream: Stream): StreamAdmission {
    const end = this.end();
    if (end !== null) return { open: false, end };
    const streams = (this.#streams ??= new Set());
    streams.add(stream);
    this.#owner.streamsChanged(stream, 1);
    const release = (): void => {
      if (streams.delete(stream)) this.#owner.streamsChanged(stream, -1);
    };
    return { open: true, release };
  }

  /** Takes all streams, or those of one kind, so that each is cut once. */
  takeStreams(kind?: StreamKind): Stream[] {
    const streams = [...(this.#streams ?? [])].filter((stream) => kind === undefined || stream.kind === kind);
    for (const stream of streams) {
      this.#streams?.delete(stream);
      this.#owner.streamsChanged(stream, -1);
    }
    return streams;
  }

  /** The session as a row, with what only memory knows yet. */
  row(): Session {
    const { id, kind, userId, clusterId, tenantId, startedAt, lastActivityAt, ended, apiToken } = this;
    const parentId = this.parent?.id ?? null;
    const row = { id, kind, userId, parentId, clusterId, tenantId, startedAt, lastActivityAt, end: ended };
    return apiToken === undefined ? row : { ...row, apiToken };
  }
}
