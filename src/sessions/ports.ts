import type { AuditRecord } from '../core/audit-record.ts';
import type { CatalogueKey } from '../core/catalogue.ts';
import type { Clock } from '../core/clock.ts';
import type { OverWhen } from '../core/deadline.ts';
import type { EndReason } from '../core/end-reason.ts';
import type { Limit, LimitChange, LimitPeriod, Scope } from '../core/limits.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from './live-session.ts';
import type { StreamKind } from './stream.ts';

/** What a token may be used for. A portal token is refused at the gateway and a Kubernetes token everywhere else. */
export type TokenPurpose = 'cookie' | 'bearer' | 'api' | 'permanent' | 'kubernetes' | 'entry' | 'dashboard';

/** A token as it is stored: by its SHA-256 only. It never outlives its session. */
export interface StoredToken {
  /** SHA-256 of the token, in hexadecimal. */
  readonly hash: string;
  readonly sessionId: string;
  readonly purpose: TokenPurpose;
  /** The place that a Kubernetes token is for, as a text. */
  readonly place: string | null;
}

/** A session together with what it takes to hold it: its user and its parent. */
export interface SessionWithUser {
  readonly session: Session;
  readonly parent: Session | null;
  readonly user: User;
}

/** An end that is to be recorded. */
export interface SessionEnding {
  readonly id: string;
  readonly end: SessionEnd;
  /** What was known of the last activity. An end for inactivity is void where the store knows of later activity. */
  readonly lastActivityAt: number;
  readonly record: AuditRecord;
}

/** Sessions that started until an instant are over by their own limits when this holds. */
export interface OverRule extends OverWhen {
  readonly startedUntil: number;
  /** Of which sessions it says that; of all, where it is left out. */
  readonly within?: Scope;
}

/** A part of the live sessions of a kind, in the order of their ids, and what makes them be over. */
export interface OverQuery {
  readonly kind: SessionKind;
  /** A session is over when any rule holds for it. */
  readonly rules: readonly OverRule[];
  /** It also is when any of these holds for the portal session above it, or what is above it has ended. */
  readonly parentRules: readonly OverRule[];
  /** So is an API token that expires until then, and what is under it. */
  readonly expiredBy: number;
  readonly afterId: string;
  /** How many live sessions are looked at. */
  readonly among: number;
}

export interface SessionQuery {
  readonly state: 'live' | 'ended' | 'all';
  readonly kind?: SessionKind;
  readonly userId?: string;
  /** Part of a username or of a cluster's id. */
  readonly search: string;
  /** `startedAt` unless told otherwise. What is equal in it comes newest first, then by id. */
  readonly sort?: 'user' | 'kind' | 'startedAt' | 'lastActivityAt';
  /** `desc` unless told otherwise. */
  readonly order?: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** Whether this process hears at once what other replicas write to the store. */
export interface Hearing {
  /** Whether no other process can write to the store. */
  isAlone(): boolean;
  /** False while something may have been missed: then the store is asked for every request. */
  isCurrent(): boolean;
  /** Reads anew what a request depends on besides its session: limits, grants and tenants. @throws what the store threw */
  catchUp(): Promise<void>;
  /**
   * Takes what lives here under a session along to the one that took its place elsewhere.
   *
   * @returns null where nothing does
   */
  takeAlong(from: LiveSession, toId: string): Promise<void> | null;
}

/** For a process that has the store to itself. */
export const ALONE: Hearing = {
  isAlone: () => true,
  isCurrent: () => true,
  catchUp: () => Promise.resolve(),
  takeAlong: () => null,
};

/** What became of an API token that was to be stored. */
export type ApiTokenOutcome = 'stored' | 'no-maker' | 'no-user' | 'name-taken' | 'too-many';

/** Where sessions and tokens are kept. Every promise that resolves means: on disk. */
export interface SessionStore {
  /**
   * Stores a session, its first token and the record of its start, in one transaction. A Kubernetes session is unique for
   * its parent and place: when one stands already, ended or not, nothing is stored. Under an API token only a live one
   * stands in the way: nobody is there who could re-authenticate (design, section 2.5).
   *
   * @returns the session that stands
   */
  insertSession(session: Session, token: StoredToken | null, record: AuditRecord): Promise<Session>;
  /**
   * Stores a permanent API token with the record of it, in one transaction.
   *
   * @param most how many live ones its user may have
   * @param record whose actor makes it: an administrator still, who may write
   * @returns why nothing was stored, where it was not: whoever makes it may not any more, its user is disabled or gone,
   *   has a live one of that name, or as many as are allowed
   */
  insertApiToken(session: Session, token: StoredToken, most: number, record: AuditRecord): Promise<ApiTokenOutcome>;
  /**
   * Stores a token and the record of it, in one transaction.
   *
   * @param most how many tokens of that purpose the session may have
   * @returns why nothing was stored, where it was not: the session has ended meanwhile, or has as many already
   */
  insertToken(token: StoredToken, most: number, record: AuditRecord): Promise<'stored' | 'ended' | 'too-many'>;
  /** Deletes a token. @returns true for one of those who try at once: then it had that purpose, and is of no use any more */
  takeToken(hash: string, purpose: TokenPurpose): Promise<boolean>;
  findToken(hash: string): Promise<{ token: StoredToken; holder: SessionWithUser } | null>;
  findSession(id: string): Promise<SessionWithUser | null>;
  /** Those of these sessions that exist, in no order. */
  findRows(ids: readonly string[]): Promise<Session[]>;
  /**
   * Records ends, each with its entry in the record of what happened, in one transaction. A conditional update decides
   * the winner: a session ends once, for inactivity only while nobody was active through another replica, and with its
   * parent only after that.
   *
   * @returns the ids of those that ended by this
   */
  endSessions(ends: readonly SessionEnding[]): Promise<string[]>;
  /** Moves `lastActivityAt` of live sessions forward, never backward. */
  recordActivity(activities: readonly { id: string; at: number }[]): Promise<void>;
  /** Live sessions in the order of their ids, after `afterId`; for previews. */
  listLive(query: { kind?: SessionKind; userId?: string; afterId: string; limit: number }): Promise<SessionWithUser[]>;
  /**
   * Those of some live sessions that are over, though nobody has recorded that yet; for sweeps.
   *
   * @returns with the last one's id that was looked at; null where there are no more
   */
  listOver(query: OverQuery): Promise<{ items: SessionWithUser[]; lastId: string | null }>;
  listSessions(query: SessionQuery): Promise<{ items: SessionWithUser[]; total: number }>;
  /**
   * The Kubernetes sessions, live or ended, under the portal sessions of a user that began at an instant: several stem from
   * one authentication where command lines were let in (docs/adr/0018). In the order of their ids.
   */
  listOfAuthentication(portal: Pick<Session, 'userId' | 'startedAt'>): Promise<SessionWithUser[]>;
  /** How many live portal sessions each of these users has; users without one may be missing. */
  countLivePortals(userIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The newest instant stored anywhere; the clock never starts before it. */
  newestInstant(): Promise<number>;
  /**
   * Forgets portal sessions and API tokens that ended before `at`, together with all that lived under them, once all of
   * that ended before `at` too. A Kubernetes session goes only with its portal session, for it is what keeps a second one
   * from starting; under an API token it goes by itself.
   *
   * @returns how many sessions went, children counted
   */
  deleteEndedBefore(at: number): Promise<number>;
}

/** A process that serves on this database, as it last told about itself. */
export interface Replica {
  readonly id: string;
  /** Where it is reached, for people. */
  readonly address: string;
  readonly version: string;
  readonly startedAt: number;
  readonly seenAt: number;
  /** How far its clock is ahead of the database's, in milliseconds. */
  readonly skewMs: number;
  /** How many streams are open on it. */
  readonly streams: number;
}

/** A replica that said nothing for so long is gone. */
export const REPLICA_GONE_MS = 30_000;
/** A machine whose clock is off by more than this is worth an alarm, though Curfew does not go by it. */
export const SKEW_ALARM_MS = 1000;

/** Which replicas there are. */
export interface ReplicaStore {
  /** Stores what a replica tells about itself, in place of what it told before. */
  reportReplica(replica: Replica): Promise<void>;
  /** Those that were seen at or after an instant, by id. */
  listReplicas(seenSince: number): Promise<Replica[]>;
  removeReplica(id: string): Promise<void>;
  /** Forgets those that were not seen since: they were killed. */
  forgetReplicasBefore(seenAt: number): Promise<void>;
}

/** One row of System Config, exactly as it was given. */
export interface Setting {
  readonly type: string;
  readonly key: string;
  readonly value: string;
  readonly setBy: string;
  readonly setAt: number;
}

export interface SettingChange {
  readonly at: number;
  readonly by: string;
  readonly type: string;
  readonly key: string;
  readonly before: string | null;
  /** Null where the key was deleted. */
  readonly after: string | null;
}

/** Where System Config is kept. */
export interface SettingStore {
  listSettings(): Promise<Setting[]>;
  /**
   * Writes or deletes one setting, its history, the record of it, and for a catalogue key the limit's period, in one
   * transaction.
   *
   * @param change `value` null deletes; `otherKey` is another name of the same limit
   * @param limit for a catalogue key: which, and its minutes (null after a delete: the default holds)
   * @returns what was there before, null for nothing; `other-key` where that one is set, and nothing was written
   */
  writeSetting(
    change: { type: string; key: string; value: string | null; by: string; at: number; otherKey?: string },
    limit: { key: CatalogueKey; minutes: number | null } | null,
    record: AuditRecord,
  ): Promise<Setting | 'other-key' | null>;
  /** The history of the limits of all scopes; of each in the order in which it was written. */
  listLimitPeriods(): Promise<LimitPeriod[]>;
  listSettingChanges(query: {
    search: string;
    offset: number;
    limit: number;
  }): Promise<{ items: SettingChange[]; total: number }>;
}

/** A limit of a scope other than the system, as it stands. */
export interface ScopeLimit extends Limit {
  readonly setBy: string;
  readonly setAt: number;
}

/** Where the limits of clusters and tenants are kept; their history is among the periods of `SettingStore`. */
export interface ScopeLimitStore {
  /** Those that stand for a scope, in the order of their keys. */
  listScopeLimits(scope: Scope): Promise<ScopeLimit[]>;
  /**
   * Sets or removes a limit, with its period and the record of it, in one transaction.
   *
   * @returns what stood before; null for nothing, and then nothing was removed or recorded
   */
  writeScopeLimit(change: LimitChange & { readonly by: string }, record: AuditRecord): Promise<ScopeLimit | null>;
}

/** Which notices about permanent API tokens were sent by e-mail, for all replicas together. */
export interface NoticeStore {
  /**
   * Takes it on to send the notice about a token.
   *
   * @param failedBefore whoever took it on before this instant, and has not sent it, has failed
   * @returns false where it was sent, or somebody else is at it
   */
  takeNotice(tokenId: string, at: number, failedBefore: number): Promise<boolean>;
  noteNoticeSent(tokenId: string, at: number): Promise<void>;
}

/** What the use cases of sessions are given. */
export interface SessionsPorts {
  readonly store: SessionStore & Pick<SettingStore, 'listLimitPeriods'>;
  readonly clock: Clock;
  readonly hearing: Hearing;
  started(kind: SessionKind): void;
  ended(kind: SessionKind, reason: EndReason): void;
  cut(kind: StreamKind, latenessMs: number): void;
  /** Something failed that no caller waits for. */
  failed(error: unknown): void;
}
