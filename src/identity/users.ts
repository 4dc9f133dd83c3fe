import type { Grant } from '../core/access.ts';
import { canReachCluster } from '../core/access.ts';
import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import { normalizeUsername } from '../core/user.ts';
import type { Role, User } from '../core/user.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { endedError } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { SharedReading } from '../sessions/shared-reading.ts';
import { newId } from '../sessions/token.ts';
import { endLostSessions } from './end-lost-sessions.ts';
import type { IsLost } from './end-lost-sessions.ts';
import { requireUsername } from './first-administrator.ts';
import { checkNewPassword } from './password.ts';
import type { PasswordHasher } from './password.ts';
import type { Account, Grantee, LoginRequestStore, UserChanges, UserStore } from './ports.ts';

export interface UsersPorts {
  readonly users: UserStore & Pick<LoginRequestStore, 'forgetConsentsOf'>;
  readonly sessions: Sessions;
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly clock: Clock;
}

/** Who did something, from where. */
export interface Actor {
  readonly username: string;
  readonly address: string | null;
  /** Under which it is done; null for a command on the machine. It may end while a password is hashed. */
  readonly session: LiveSession | null;
}

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
  readonly readOnly: boolean;
}

export interface UserUpdate {
  readonly role?: Role | undefined;
  readonly readOnly?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
}

/** What administrators do with users and grants. Whatever takes access away ends the sessions that had it. */
export class Users {
  readonly #ports: UsersPorts;
  /** All grants, by cluster: asked for each request at the gateway, and few. */
  #grants: Grant[] = [];
  readonly #loads = new SharedReading(async () => {
    this.#grants = await this.#ports.users.listGrants();
  });

  constructor(ports: UsersPorts) {
    this.#ports = ports;
  }

  /** Reads the grants. Reads that overlap follow each other, so that the newest one stands. */
  load(): Promise<void> {
    return this.#loads.run();
  }

  /** @throws PortalError `not-found` */
  async find(username: string): Promise<Account> {
    const name = normalizeUsername(username);
    const account = name === null ? null : await this.#ports.users.findAccount(name);
    if (account === null) throw noSuchUser();
    return account;
  }

  /** @throws PortalError `invalid-request`, `conflict`, `session-ended` */
  async create(input: NewUser, by: Actor): Promise<User> {
    const username = requireUsername(input.username);
    checkNewPassword(input.password, 'password');
    const { role, readOnly } = input;
    const user: User = {
      id: newId('u'),
      username,
      role,
      readOnly,
      disabledAt: null,
      createdAt: this.#ports.clock.now(),
    };
    const record = this.#record('user.created', by, username, `${username} was created as ${describeRole(user)}.`);
    const passwordHash = await this.#hash(input.password, by);
    if (!(await this.#ports.users.insertUser(user, passwordHash, record))) {
      throw new PortalError('conflict', `The username ${username} is taken, or was before: names are never reused.`, {
        field: 'username',
      });
    }
    return user;
  }

  /**
   * Changes a user. A new role or flag, a new password and disabling end the user's sessions.
   *
   * @throws PortalError `not-found`, `invalid-request`, `last-administrator`, `session-ended`
   */
  async update(username: string, update: UserUpdate, by: Actor): Promise<User> {
    const { user } = await this.find(username);
    const changes = await this.#changesOf(user, update, by);
    if (Object.keys(changes).length === 0) return user;
    const record = this.#record(
      'user.changed',
      by,
      user.username,
      `${user.username} was changed: ${describe(changes)}.`,
    );
    const changed = await this.#ports.users.updateUser(user.id, changes, record);
    if (typeof changed === 'string') throw unchanged(user, changed);
    this.#ports.sessions.pool.replaceUser(changed);
    if (changed.disabledAt !== null) await this.#ports.sessions.endAllOf(user.id, 'user-disabled', by.username);
    else await this.#ports.sessions.endAllOf(user.id, 'revoked', by.username);
    return changed;
  }

  /** Deletes a user; the name stays taken. @throws PortalError `not-found`, `last-administrator` */
  async delete(username: string, by: Actor): Promise<void> {
    const { user } = await this.find(username);
    const record = this.#record('user.deleted', by, user.username, `${user.username} was deleted.`);
    const outcome = await this.#ports.users.updateUser(user.id, null, record);
    if (outcome !== 'deleted') throw unchanged(user, outcome);
    this.#ports.sessions.pool.replaceUser({ ...user, disabledAt: record.at });
    await this.#ports.sessions.endAllOf(user.id, 'user-disabled', by.username);
  }

  /**
   * Changes the own password and ends the user's other sessions and API tokens.
   *
   * @throws PortalError `invalid-credentials` when the current one is wrong, `invalid-request`, `not-found`, `session-ended`
   */
  async changePassword(session: LiveSession, current: string, next: string, by: Actor): Promise<void> {
    const { user, passwordHash: before } = await this.find(session.user.username);
    checkNewPassword(next, 'newPassword');
    if (!(await this.#ports.passwords.verify(current, before))) throw wrongPassword('The current password is wrong.');
    const record = this.#record('password.changed', by, user.username, `${user.username} changed the own password.`);
    const after = await this.#hash(next, by);
    if (!(await this.#ports.users.replacePassword(user.id, { before, after }, record))) {
      await this.find(user.username);
      throw wrongPassword('The password was changed meanwhile: the current one is another now.');
    }
    // Nothing older goes on but the browser or command line of whoever typed it: not a token either that it was changed with.
    const isOwn = session.kind === 'portal';
    await this.#ports.users.forgetConsentsOf(session.id);
    await this.#ports.sessions.endAllOf(user.id, 'revoked', user.username, isOwn ? { exceptId: session.id } : {});
  }

  /**
   * Ends all other portal sessions of whoever has this one, and with them the consents given in it: a command line that has
   * not fetched its token yet gets none. Resolves with the number of sessions. API tokens, which an administrator made, stay.
   */
  async endOthers({ id, userId, user }: LiveSession): Promise<number> {
    await this.#ports.users.forgetConsentsOf(id);
    return this.#ports.sessions.endAllOf(userId, 'revoked', user.username, { exceptId: id, kinds: ['portal'] });
  }

  /** Whether a user reaches a cluster as a whole. */
  mayReach(user: User, clusterId: string): boolean {
    return canReachCluster(user, clusterId, this.#grants);
  }

  /** Who was granted a cluster, each with how many live sessions of the whole cluster no other grant allows. */
  async granteesOf(clusterId: string): Promise<(Grantee & { readonly ending: number })[]> {
    const grantees = (await this.#ports.users.listGrantees(clusterId)).map((grantee) => ({ ...grantee, ending: 0 }));
    for await (const { session, user } of this.#ports.sessions.stored.liveRows('kubernetes')) {
      if (session.clusterId !== clusterId || session.tenantId !== null || user.role === 'Administrator') continue;
      const [only, ...others] = grantees.filter(
        ({ kind, subject }) => subject === (kind === 'user' ? user.username : user.role),
      );
      if (only !== undefined && others.length === 0) only.ending += 1;
    }
    return grantees;
  }

  async addGrant(grant: Grant, label: string, by: Actor): Promise<void> {
    const sentence = `${label} may reach the cluster ${grant.clusterId}.`;
    await this.#ports.users.addGrant(grant, this.#record('grant.added', by, grant.clusterId, sentence));
    await this.load();
  }

  /** Takes a grant away and ends the sessions of the whole cluster that no other grant allows. */
  async removeGrant(grant: Grant, label: string, by: Actor): Promise<void> {
    const { clusterId } = grant;
    const sentence = `${label} may no longer reach the cluster ${clusterId}.`;
    await this.#ports.users.removeGrant(grant, this.#record('grant.removed', by, clusterId, sentence));
    await this.load();
    const isLost: IsLost = (at, user) =>
      at.clusterId === clusterId && at.tenantId === null && !this.mayReach(user, clusterId);
    await endLostSessions(this.#ports.sessions, isLost, by.username);
  }

  async #changesOf(user: User, update: UserUpdate, by: Actor): Promise<UserChanges> {
    const { role, readOnly, disabled, password } = update;
    if (password !== undefined) checkNewPassword(password, 'password');
    return {
      ...(role !== undefined && role !== user.role && { role }),
      ...(readOnly !== undefined && readOnly !== user.readOnly && { readOnly }),
      ...(disabled !== undefined &&
        disabled !== (user.disabledAt !== null) && { disabledAt: disabled ? this.#ports.clock.now() : null }),
      ...(password !== undefined && { passwordHash: await this.#hash(password, by) }),
    };
  }

  /** Hashing may wait for others: nothing is stored for somebody whose access ended meanwhile. */
  async #hash(password: string, { session }: Actor): Promise<string> {
    const hash = await this.#ports.passwords.hash(password);
    const end = session?.end() ?? null;
    if (session !== null && end !== null) throw endedError(session.kind, end);
    return hash;
  }

  #record(event: AuditEvent, by: Actor, subject: string, sentence: string): AuditRecord {
    return { at: this.#ports.clock.now(), event, actor: by.username, subject, address: by.address, sentence };
  }
}

function wrongPassword(message: string): PortalError {
  return new PortalError('invalid-credentials', message, { field: 'currentPassword' });
}

function noSuchUser(): PortalError {
  return new PortalError('not-found', 'There is no user of that name.');
}

/** Why the store left a user as it was. */
function unchanged(user: User, outcome: User | 'not-found' | 'deleted' | 'last-administrator'): PortalError {
  if (outcome !== 'last-administrator') return noSuchUser();
  const message = `${user.username} is the last administrator. Make somebody else an administrator first.`;
  return new PortalError('last-administrator', message);
}

function describeRole({ role, readOnly }: Pick<User, 'role' | 'readOnly'>): string {
  return readOnly ? `${role}, read-only` : role;
}

function describe(changes: UserChanges): string {
  const { role, readOnly, disabledAt, passwordHash } = changes;
  const parts = [
    role === undefined ? [] : [`role ${role}`],
    readOnly === undefined ? [] : [readOnly ? 'read-only' : 'no longer read-only'],
    disabledAt === undefined ? [] : [disabledAt === null ? 'enabled' : 'disabled'],
    passwordHash === undefined ? [] : ['a new password'],
  ];
  return parts.flat().join(', ');
}
