import type { Grant } from '../core/access.ts';
import type { AuditRecord } from '../core/audit-record.ts';
import type { Tenant, TenantAccess } from '../core/tenant.ts';
import type { UpstreamDashboard } from '../core/upstream-dashboard.ts';
import type { User } from '../core/user.ts';

/** A user with what only sign-in needs. The hash never leaves `identity/`. */
export interface Account {
  readonly user: User;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
  readonly lastSignInAt: number | null;
}

export interface UserChanges {
  readonly role?: User['role'];
  readonly readOnly?: boolean;
  readonly disabledAt?: number | null;
  readonly passwordHash?: string;
}

export interface AccountQuery {
  /** Part of a username. */
  readonly search: string;
  /** `username` unless told otherwise. What is equal in it comes by username; never signed in is before any time. */
  readonly sort?: 'username' | 'role' | 'lastSignInAt';
  /** `asc` unless told otherwise. */
  readonly order?: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** Who was granted a cluster: a role, or a user by name. */
export interface Grantee {
  readonly kind: Grant['subject']['kind'];
  readonly subject: string;
}

/** Where users and what they may reach are kept. Every write takes the record of it, in the same transaction. */
export interface UserStore {
  findAccount(username: string): Promise<Account | null>;
  /** Those of these users that exist, in no order; a deleted one is disabled. */
  findUsers(ids: readonly string[]): Promise<User[]>;
  /** @returns false when the username was ever taken: names are never reused */
  insertUser(user: User, passwordHash: string, record: AuditRecord): Promise<boolean>;
  /**
   * Changes or deletes (`null`) a user. A new password, disabling and deleting forget the devices as well.
   *
   * @returns with nothing changed: `not-found` where there is none, or it was deleted before; `last-administrator` when
   *   no enabled administrator without the read-only flag would remain
   */
  updateUser(
    id: string,
    changes: UserChanges | null,
    record: AuditRecord,
  ): Promise<User | 'deleted' | 'not-found' | 'last-administrator'>;
  /**
   * Replaces the hash of a password where the one before still stands, and forgets the devices.
   *
   * @returns false with nothing changed: another one stands, or there is no such user any more
   */
  replacePassword(id: string, hash: { before: string; after: string }, record: AuditRecord): Promise<boolean>;
  noteSignIn(userId: string, at: number): Promise<void>;
  listAccounts(query: AccountQuery): Promise<{ items: Account[]; total: number }>;
  hasAdministrator(): Promise<boolean>;

  /** Earlier ones live on until they expire: every replica prints a link of its own. */
  storeSetupToken(hash: string, expiresAt: number): Promise<void>;
  /**
   * Consumes a set-up token and creates the first administrator in one transaction, which proves that the token lives
   * and that there is no administrator yet.
   */
  createFirstAdministrator(
    tokenHash: string,
    user: User,
    passwordHash: string,
    record: AuditRecord,
  ): Promise<'created' | 'invalid-token' | 'username-taken'>;

  isKnownDevice(hash: string, userId: string): Promise<boolean>;
  /** @param most how many the user may have: the ones beyond go on which nobody has signed in for longest */
  storeDevice(hash: string, userId: string, seenAt: number, most: number): Promise<void>;
  /** Forgets the devices on which nobody has signed in since. */
  forgetDevicesBefore(seenAt: number): Promise<void>;

  listGrants(): Promise<Grant[]>;
  /** Who was granted a cluster, roles first, by name; without users that were deleted. */
  listGrantees(clusterId: string): Promise<Grantee[]>;
  /** @returns false when it was there already */
  addGrant(grant: Grant, record: AuditRecord): Promise<boolean>;
  /** @returns false when there was none */
  removeGrant(grant: Grant, record: AuditRecord): Promise<boolean>;
}

/** Who was given access to a tenant. */
export interface Entrant {
  readonly userId: string;
  readonly username: string;
  readonly readOnly: boolean;
}

/** Where tenants and who may enter them are kept. Every write takes the record of it, in the same transaction. */
export interface TenantStore {
  /** By name. */
  listTenants(): Promise<Tenant[]>;
  /** By tenant, then by user; also of users that were deleted. */
  listTenantAccess(): Promise<TenantAccess[]>;
  /** Who was given access to a tenant, by username; without users that were deleted. */
  listEntrants(tenantId: string): Promise<Entrant[]>;
  /** How many of them each tenant has that has any. */
  countEntrants(): Promise<ReadonlyMap<string, number>>;
  /** @returns why nothing was stored, where it was not: a namespace of a cluster has one tenant at most */
  insertTenant(tenant: Tenant, record: AuditRecord): Promise<'stored' | 'name-taken' | 'namespace-taken'>;
  /** Deletes a tenant and all access to it. @returns false when there was none */
  deleteTenant(id: string, record: AuditRecord): Promise<boolean>;
  /** @returns why nothing was written, where it was not: `unchanged` when it stood like that already */
  setTenantAccess(access: TenantAccess, record: AuditRecord): Promise<'set' | 'unchanged' | 'no-tenant'>;
  /** @returns false when there was none */
  removeTenantAccess(tenantId: string, userId: string, record: AuditRecord): Promise<boolean>;
}

/** Failed attempts under one key. */
export interface Failures {
  readonly count: number;
  readonly lastAt: number;
  readonly blockedUntil: number;
}

/** Where failed attempts are counted, for all replicas together. Keys are hashes: what somebody typed is in none. */
export interface AttemptStore {
  /** Those of these keys that have failures. */
  findFailures(keys: readonly string[]): Promise<ReadonlyMap<string, Failures>>;
  /**
   * Counts a failure under each of these keys, in one transaction that no other one comes between.
   *
   * @param next what follows from what was; it may be asked more than once
   * @returns what stands now
   */
  countFailure(
    keys: readonly string[],
    next: (key: string, before: Failures) => Failures,
  ): Promise<ReadonlyMap<string, Failures>>;
  forgetFailuresOf(key: string): Promise<void>;
  /** Forgets what last failed before an instant, and the oldest beyond so many: those of one instant go together. */
  forgetFailures(which: { before: number; beyond: number }): Promise<void>;
}

/**
 * A command line that asks to be signed in, and what a person has decided. It is known by the SHA-256 of a secret that
 * only that command line has, and to people also by a short code.
 */
export interface LoginRequest {
  /** `BASE64URL(SHA256(verifier))` (RFC 7636, S256). */
  readonly challenge: string;
  /** A keyed hash of the code that a person types; null where a browser on the same machine answers. */
  readonly userCode: string | null;
  /** Where that browser goes afterwards: a port of its own machine. Null for codes. */
  readonly redirectPort: number | null;
  /** What the command line says of its machine. */
  readonly hostname: string;
  readonly address: string;
  readonly network: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly nextPollAt: number;
  readonly decision: LoginDecision | null;
}

export type LoginDecision =
  | { readonly approved: true; readonly sessionId: string; readonly codeHash: string | null }
  | { readonly approved: false };

export type LoginRequestKey = { readonly challenge: string } | { readonly userCode: string };

/** Where login requests are kept for all replicas, for some minutes. */
export interface LoginRequestStore {
  /**
   * @param most how many may wait at `requestedAt`, of one network and in all; those that come at once may overshoot it
   * @returns why nothing was stored, where it was not: `taken` for a challenge or a code that is there already
   */
  insertLoginRequest(
    request: Omit<LoginRequest, 'decision'>,
    most: { ofNetwork: number; all: number },
  ): Promise<'stored' | 'taken' | 'too-many'>;
  /** Also one that has expired, until it is forgotten. */
  findLoginRequest(key: LoginRequestKey): Promise<LoginRequest | null>;
  notePoll(challenge: string, nextPollAt: number): Promise<void>;
  /**
   * Decides about a request that waits at `record.at`, with the record of it in the same transaction.
   *
   * @param expiresAt until when it is to be taken
   * @returns false with nothing changed: somebody has decided before, or it has expired
   */
  decideLoginRequest(
    challenge: string,
    decision: LoginDecision,
    expiresAt: number,
    record: AuditRecord,
  ): Promise<boolean>;
  /** Takes a request away that somebody has decided about. Of many at once, one gets it. */
  takeLoginRequest(challenge: string): Promise<LoginRequest | null>;
  /** Forgets those that somebody agreed to in a session, and that were not taken yet. */
  forgetConsentsOf(sessionId: string): Promise<void>;
  forgetLoginRequestsBefore(expiresAt: number): Promise<void>;
}

/** Where dashboards on hostnames of their own are kept. Every write takes the record of it, in the same transaction. */
export interface UpstreamDashboardStore {
  /** By hostname. */
  listUpstreamDashboards(): Promise<UpstreamDashboard[]>;
  /** @returns false where its hostname is taken */
  insertUpstreamDashboard(dashboard: UpstreamDashboard, record: AuditRecord): Promise<boolean>;
  /** @returns false where there is none */
  deleteUpstreamDashboard(id: string, record: AuditRecord): Promise<boolean>;
}
