import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Grant } from '../../core/access.ts';
import type { Role, User } from '../../core/user.ts';
import { forgetsDevices } from '../../identity/known-devices.ts';
import type { Account, UserChanges, UserStore } from '../../identity/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord, containing, userOf } from './rows.ts';
import type { Db } from './rows.ts';
import { count } from './rows.ts';

/** Users, grants, set-up tokens and known devices in SQL. */
export function createSqlUserStore(db: Kysely<Database>, dialect: Dialect): UserStore {
  return {
    async findAccount(username) {
      const row = await db
        .selectFrom('users')
        .selectAll()
        .where('username', '=', username)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row === undefined ? null : accountOf(row);
    },

    async findUsers(ids) {
      if (ids.length === 0) return [];
      return (await db.selectFrom('users').selectAll().where('id', 'in', ids).execute()).map(userOf);
    },

    insertUser: (user, passwordHash, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lock(tx, 'users');
        if (!(await insertUserRow(tx, user, passwordHash))) return false;
        await appendRecord(tx, record);
        return true;
      }),

    updateUser: (id, changes, record) =>
      dialect
        .write(db, async (tx) => {
          await dialect.lock(tx, 'users');
          if (!(await writeChanges(tx, id, changes, record.at))) return 'not-found';
          if ((await countAdministrators(tx)) === 0) throw new LastAdministratorError();
          if (forgetsDevices(changes)) await tx.deleteFrom('devices').where('user_id', '=', id).execute();
          await appendRecord(tx, record);
          if (changes === null) return 'deleted';
          return userOf(await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow());
        })
        .catch((error: unknown) => {
          if (error instanceof LastAdministratorError) return 'last-administrator';
          throw error;
        }),

    replacePassword: (id, { before, after }, record) =>
      dialect.write(db, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('users')
          .set({ password_hash: after })
          .where('id', '=', id)
          .where('password_hash', '=', before)
          .where('deleted_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        await tx.deleteFrom('devices').where('user_id', '=', id).execute();
        await appendRecord(tx, record);
        return true;
      }),

    async noteSignIn(userId, at) {
      await db.updateTable('users').set({ last_sign_in_at: at }).where('id', '=', userId).execute();
    },

    async listAccounts({ search, sort = 'username', order = 'asc', offset, limit }) {
      const matching = db
        .selectFrom('users')
        .where('deleted_at', 'is', null)
        .where(sql<boolean>`username ${dialect.like} ${containing(search.toLowerCase())} escape '\\'`);
      const total = await count(matching);
      const sorted = matching.selectAll().orderBy(ACCOUNT_SORTS[sort], order).orderBy('username');
      const rows = await sorted.offset(offset).limit(limit).execute();
      return { items: rows.map(accountOf), total };
    },

    hasAdministrator: async () => (await countAdministrators(db)) > 0,

    async storeSetupToken(hash, expiresAt) {
      await db.insertInto('setup_tokens').values({ hash, expires_at: expiresAt }).execute();
    },

    createFirstAdministrator: (tokenHash, user, passwordHash, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lock(tx, 'users');
        const live = await tx
          .selectFrom('setup_tokens')
          .select('hash')
          .where('hash', '=', tokenHash)
          .where('expires_at', '>', record.at)
          .executeTakeFirst();
        if (live === undefined || (await countAdministrators(tx)) > 0) return 'invalid-token';
        if (!(await insertUserRow(tx, user, passwordHash))) return 'username-taken';
        await tx.deleteFrom('setup_tokens').execute();
        await appendRecord(tx, record);
        return 'created';
      }),

    async isKnownDevice(hash, userId) {
      const row = await db
        .selectFrom('devices')
        .select('hash')
        .where('hash', '=', hash)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row !== undefined;
    },

    async forgetDevicesBefore(seenAt) {
      await db.deleteFrom('devices').where('seen_at', '<', seenAt).execute();
    },

    storeDevice: (hash, userId, seenAt, most) =>
      dialect.write(db, async (tx) => {
        await tx
          .insertInto('devices')
          .values({ hash, user_id: userId, seen_at: seenAt })
          .onConflict((conflict) => conflict.column('hash').doUpdateSet({ user_id: userId, seen_at: seenAt }))
          .execute();
        const others = tx.selectFrom('devices').where('user_id', '=', userId).where('hash', '!=', hash);
        const kept = others
          .select('hash')
          .orderBy('seen_at', 'desc')
          .orderBy('hash')
          .limit(most - 1);
        await tx
          .deleteFrom('devices')
          .where('user_id', '=', userId)
          .where('hash', '!=', hash)
          .where('hash', 'not in', kept)
          .execute();
      }),

    async listGrants() {
      const ordered = db.selectFrom('grants').selectAll().orderBy('subject_kind').orderBy('subject_id');
      return (await ordered.orderBy('cluster_id').execute()).map(grantOf);
    },

    async listGrantees(clusterId) {
      const subject = sql<string>`case when subject_kind = 'role' then subject_id else users.username end`;
      const rows = await db
        .selectFrom('grants')
        .leftJoin('users', (join) =>
          join
            .on('grants.subject_kind', '=', 'user')
            .onRef('users.id', '=', 'grants.subject_id')
            .on('users.deleted_at', 'is', null),
        )
        .where('grants.cluster_id', '=', clusterId)
        .where((eb) => eb.or([eb('grants.subject_kind', '=', 'role'), eb('users.id', 'is not', null)]))
        .select(['grants.subject_kind as kind', subject.as('subject')])
        .orderBy('kind')
        .orderBy('subject')
        .execute();
      return rows.map((row) => ({ kind: row.kind === 'role' ? 'role' : 'user', subject: row.subject }));
    },

    addGrant: (grant, record) =>
      dialect.write(db, async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('grants')
          .values(grantRow(grant))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await appendRecord(tx, record);
        return true;
      }),

    removeGrant: (grant, record) =>
      dialect.write(db, async (tx) => {
        const row = grantRow(grant);
        const { numDeletedRows } = await tx
          .deleteFrom('grants')
          .where('cluster_id', '=', row.cluster_id)
          .where('subject_kind', '=', row.subject_kind)
          .where('subject_id', '=', row.subject_id)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await appendRecord(tx, record);
        return true;
      }),
  };
}

const ACCOUNT_SORTS = {
  username: sql`username`,
  role: sql`role`,
  lastSignInAt: sql`coalesce(last_sign_in_at, 0)`,
};

/** Makes a transaction roll back. */
class LastAdministratorError extends Error {}

function accountOf(row: {
  [Column in keyof Database['users']]: Database['users'][Column];
}): Account {
  return { user: userOf(row), passwordHash: row.password_hash, lastSignInAt: row.last_sign_in_at };
}

async function insertUserRow(tx: Db, user: User, passwordHash: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('users')
    .values({
      id: user.id,
      username: user.username,
      password_hash: passwordHash,
      role: user.role,
      read_only: user.readOnly ? 1 : 0,
      created_at: user.createdAt,
      disabled_at: user.disabledAt,
      deleted_at: null,
      last_sign_in_at: null,
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** @returns false where there is no such user, or it was deleted */
async function writeChanges(tx: Db, id: string, changes: UserChanges | null, at: number): Promise<boolean> {
  const { role, readOnly, disabledAt, passwordHash } = changes ?? {};
  const columns = {
    // Also where nothing is to change, the row must be there.
    deleted_at: changes === null ? at : null,
    ...(role !== undefined && { role }),
    ...(readOnly !== undefined && { read_only: readOnly ? 1 : 0 }),
    ...(disabledAt !== undefined && { disabled_at: disabledAt }),
    ...(passwordHash !== undefined && { password_hash: passwordHash }),
  };
  const living = tx.updateTable('users').set(columns).where('id', '=', id).where('deleted_at', 'is', null);
  return (await living.executeTakeFirst()).numUpdatedRows === 1n;
}

async function countAdministrators(tx: Db): Promise<number> {
  const able = tx
    .selectFrom('users')
    .where('role', '=', 'Administrator')
    .where('read_only', '=', 0)
    .where('disabled_at', 'is', null)
    .where('deleted_at', 'is', null);
  return count(able);
}

function grantOf(row: { cluster_id: string; subject_kind: string; subject_id: string }): Grant {
  const subject =
    row.subject_kind === 'role'
      ? { kind: 'role' as const, id: row.subject_id as Role }
      : { kind: 'user' as const, id: row.subject_id };
  return { clusterId: row.cluster_id, subject };
}

function grantRow({ clusterId, subject }: Grant) {
  return { cluster_id: clusterId, subject_kind: subject.kind, subject_id: subject.id };
}
