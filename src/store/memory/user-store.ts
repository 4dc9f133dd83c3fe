import type { Grant } from '../../core/access.ts';
import type { User } from '../../core/user.ts';
import { forgetsDevices } from '../../identity/known-devices.ts';
import type { UserStore } from '../../identity/ports.ts';
import { by, contains, pageOf, userOf } from './tables.ts';
import type { Tables, UserRow } from './tables.ts';

/** Users, grants, set-up tokens and known devices in memory. */
export function createMemoryUserStore(tables: Tables): UserStore {
  const { users, setupTokens, devices, audit } = tables;

  const forgetDevices = (which: (device: { userId: string; seenAt: number }) => boolean): void => {
    for (const [hash, device] of devices) if (which(device)) devices.delete(hash);
  };
  const existing = (): UserRow[] => [...users.values()].filter(({ deletedAt }) => deletedAt === null);
  const isAble = ({ user, deletedAt }: UserRow): boolean =>
    deletedAt === null && user.role === 'Administrator' && !user.readOnly && user.disabledAt === null;
  const insert = (user: User, passwordHash: string): boolean => {
    if ([...users.values()].some((row) => row.user.username === user.username)) return false;
    users.set(user.id, { user, passwordHash, lastSignInAt: null, deletedAt: null });
    return true;
  };
  const orderOf = ({ subject, clusterId }: Grant): string => `${subject.kind} ${subject.id} ${clusterId}`;
  const same = (a: Grant, b: Grant): boolean =>
    a.clusterId === b.clusterId && a.subject.kind === b.subject.kind && a.subject.id === b.subject.id;

  return {
    async findAccount(username) {
      return existing().find(({ user }) => user.username === username) ?? null;
    },
    async findUsers(ids) {
      return ids.flatMap((id) => users.get(id) ?? []).map(userOf);
    },
    async insertUser(user, passwordHash, record) {
      if (!insert(user, passwordHash)) return false;
      audit.push(record);
      return true;
    },
    async updateUser(id, changes, record) {
      const row = users.get(id);
      if (row === undefined || row.deletedAt !== null) return 'not-found';
      const { passwordHash = row.passwordHash, ...rest } = changes ?? {};
      const next: UserRow = {
        ...row,
        user: { ...row.user, ...rest },
        passwordHash,
        deletedAt: changes === null ? record.at : null,
      };
      const others = [...users.values()].filter((each) => each !== row);
      if (![...others, next].some(isAble)) return 'last-administrator';
      users.set(id, next);
      if (forgetsDevices(changes)) forgetDevices(({ userId }) => userId === id);
      audit.push(record);
      return changes === null ? 'deleted' : userOf(next);
    },
    async replacePassword(id, { before, after }, record) {
      const row = users.get(id);
      if (row === undefined || row.deletedAt !== null || row.passwordHash !== before) return false;
      users.set(id, { ...row, passwordHash: after });
      forgetDevices(({ userId }) => userId === id);
      audit.push(record);
      return true;
    },
    async noteSignIn(userId, at) {
      const row = users.get(userId);
      if (row !== undefined) users.set(userId, { ...row, lastSignInAt: at });
    },
    async listAccounts(query) {
      const matching = existing().filter(({ user }) => contains(user.username, query.search));
      const values = {
        username: ({ user }: UserRow) => user.username,
        role: ({ user }: UserRow) => user.role,
        lastSignInAt: ({ lastSignInAt }: UserRow) => lastSignInAt ?? 0,
      };
      const { sort = 'username', order = 'asc' } = query;
      return pageOf(matching.toSorted(by(values.username, 'asc')).toSorted(by<UserRow>(values[sort], order)), query);
    },
    async hasAdministrator() {
      return [...users.values()].some(isAble);
    },
    async storeSetupToken(hash, expiresAt) {
      setupTokens.set(hash, expiresAt);
    },
    async createFirstAdministrator(tokenHash, user, passwordHash, record) {
      const isLive = (setupTokens.get(tokenHash) ?? 0) > record.at;
      if (!isLive || [...users.values()].some(isAble)) return 'invalid-token';
      if (!insert(user, passwordHash)) return 'username-taken';
      setupTokens.clear();
      audit.push(record);
      return 'created';
    },
    async isKnownDevice(hash, userId) {
      return devices.get(hash)?.userId === userId;
    },
    async storeDevice(hash, userId, seenAt, most) {
      devices.set(hash, { userId, seenAt });
      const others = [...devices].filter(([other, device]) => other !== hash && device.userId === userId);
      const beyond = others.toSorted(by(([, device]) => device.seenAt, 'desc')).slice(most - 1);
      for (const [other] of beyond) devices.delete(other);
    },
    async forgetDevicesBefore(at) {
      forgetDevices(({ seenAt }) => seenAt < at);
    },
    async listGrants() {
      return tables.grants.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    },
    async listGrantees(clusterId) {
      const names = new Map(existing().map(({ user }) => [user.id, user.username]));
      return tables.grants
        .filter((grant) => grant.clusterId === clusterId)
        .flatMap(({ subject: { kind, id } }) => {
          const subject = kind === 'role' ? id : names.get(id);
          return subject === undefined ? [] : [{ kind, subject }];
        })
        .toSorted((a, b) => (`${a.kind} ${a.subject}` < `${b.kind} ${b.subject}` ? -1 : 1));
    },
    async addGrant(grant, record) {
      if (tables.grants.some((each) => same(each, grant))) return false;
      tables.grants.push(grant);
      audit.push(record);
      return true;
    },
    async removeGrant(grant, record) {
      const left = tables.grants.filter((each) => !same(each, grant));
      if (left.length === tables.grants.length) return false;
      tables.grants = left;
      audit.push(record);
      return true;
    },
  };
}
