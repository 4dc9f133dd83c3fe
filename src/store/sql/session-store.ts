import { sql } from 'kysely';
import type { ExpressionBuilder, Kysely } from 'kysely';
import type { Session } from '../../core/session.ts';
import type { SessionStore, SessionWithUser, TokenPurpose } from '../../sessions/ports.ts';
import { nextTurn } from '../../sessions/turn.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { isOver } from './over-rules.ts';
import { appendRecord, containing, count, sessionOf, userOf } from './rows.ts';
import type { Db } from './rows.ts';
import { insertApiToken, insertSessionRow, insertTokenRow } from './session-inserts.ts';
import { deleteFamilies, endAll, moveActivity } from './session-writes.ts';

/** Sessions and tokens in SQL. */
export function createSqlSessionStore(db: Kysely<Database>, dialect: Dialect): SessionStore {
  return {
    insertSession: (session, token, record) =>
      dialect.write(db, async (tx) => {
        const standing = await insertSessionRow(tx, session);
        if (standing !== session) return standing;
        if (token !== null) await insertTokenRow(tx, token);
        await appendRecord(tx, record);
        return session;
      }),

    insertApiToken: (session, token, most, record) =>
      dialect.write(db, (tx) => insertApiToken(tx, dialect, session, token, most, record)),

    insertToken: (token, most, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lockSessions(tx, [token.sessionId]);
        const live = await tx
          .selectFrom('sessions')
          .select('id')
          .where('id', '=', token.sessionId)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (live === undefined) return 'ended';
        const { sessionId, purpose } = token;
        const alike = tx.selectFrom('tokens').where('session_id', '=', sessionId).where('purpose', '=', purpose);
        if ((await count(alike)) >= most) return 'too-many';
        await insertTokenRow(tx, token);
        await appendRecord(tx, record);
        return 'stored';
      }),

    async takeToken(hash, purpose) {
      const taken = db.deleteFrom('tokens').where('hash', '=', hash).where('purpose', '=', purpose);
      return (await taken.executeTakeFirst()).numDeletedRows === 1n;
    },

    async findToken(hash) {
      const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      if (row === undefined) return null;
      const holder = await findHolder(db, row.session_id);
      const purpose = row.purpose as TokenPurpose;
      const token = { hash, sessionId: row.session_id, purpose, place: row.cluster_id };
      return holder === null ? null : { token, holder };
    },

    findSession: (id) => findHolder(db, id),

    async findRows(ids) {
      if (ids.length === 0) return [];
      return (await db.selectFrom('sessions').selectAll().where('id', 'in', ids).execute()).map(sessionOf);
    },

    endSessions: (ends) =>
      dialect.write(db, async (tx) => {
        await dialect.lockSessions(
          tx,
          ends.map(({ id }) => id),
        );
        return endAll(tx, dialect, ends);
      }),

    recordActivity: (activities) =>
      dialect.write(db, async (tx) => {
        await dialect.lockSessions(
          tx,
          activities.map(({ id }) => id),
        );
        await moveActivity(tx, dialect, activities);
      }),

    async listLive({ kind, userId, afterId, limit }) {
      let query = db.selectFrom('sessions').selectAll().where('ended_at', 'is', null).where('id', '>', afterId);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (userId !== undefined) query = query.where('user_id', '=', userId);
      const rows = await query.orderBy('id').limit(limit).execute();
      return withUsers(db, rows.map(sessionOf));
    },

    async listOver({ kind, rules, parentRules, expiredBy, afterId, among }) {
      const isNext = (eb: ExpressionBuilder<Database, 'sessions'>) =>
        eb.and([eb('sessions.ended_at', 'is', null), eb('sessions.kind', '=', kind), eb('sessions.id', '>', afterId)]);
      const next = db.selectFrom('sessions').select('id').where(isNext).orderBy('id').limit(among).as('next');
      const { lastId } = await db
        .selectFrom(next)
        .select(({ fn }) => fn.max<string | null>('next.id').as('lastId'))
        .executeTakeFirstOrThrow();
      if (lastId === null) return { items: [], lastId };
      const rows = await db
        .selectFrom('sessions')
        .leftJoin('sessions as parent', 'parent.id', 'sessions.parent_id')
        .selectAll('sessions')
        .where(isNext)
        .where('sessions.id', '<=', lastId)
        .where((eb) =>
          eb.or([
            eb('parent.ended_at', 'is not', null),
            eb('sessions.expires_at', '<=', expiredBy),
            eb('parent.expires_at', '<=', expiredBy),
            ...isOver('sessions', rules),
            eb.and([eb('parent.kind', '=', 'portal'), eb.or(isOver('parent', parentRules))]),
          ]),
        )
        .execute();
      return { items: await withUsers(db, rows.map(sessionOf)), lastId };
    },

    async listSessions(query) {
      let matching = db.selectFrom('sessions');
      if (query.state !== 'all') matching = matching.where('ended_at', query.state === 'live' ? 'is' : 'is not', null);
      if (query.kind !== undefined) matching = matching.where('kind', '=', query.kind);
      if (query.userId !== undefined) matching = matching.where('user_id', '=', query.userId);
      if (query.search !== '') matching = matching.where((eb) => matchesSearch(eb, query.search, dialect));
      const total = await count(matching);
      const rows = await matching
        .selectAll()
        .orderBy(SESSION_SORTS[query.sort ?? 'startedAt'], query.order ?? 'desc')
        .orderBy('started_at', 'desc')
        .orderBy('id')
        .offset(query.offset)
        .limit(query.limit)
        .execute();
      return { items: await withUsers(db, rows.map(sessionOf)), total };
    },

    async listOfAuthentication({ userId, startedAt }) {
      const rows = await db
        .selectFrom('sessions')
        .innerJoin('sessions as parent', 'parent.id', 'sessions.parent_id')
        .selectAll('sessions')
        .where('parent.kind', '=', 'portal')
        .where('parent.user_id', '=', userId)
        .where('parent.started_at', '=', startedAt)
        .orderBy('sessions.id')
        .execute();
      return withUsers(db, rows.map(sessionOf));
    },

    async countLivePortals(userIds) {
      if (userIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('sessions')
        .where('user_id', 'in', userIds)
        .where('ended_at', 'is', null)
        .where('kind', '=', 'portal')
        .select(({ fn }) => ['user_id', fn.countAll<number>().as('live')])
        .groupBy('user_id')
        .execute();
      return new Map(rows.map(({ user_id, live }) => [user_id, live]));
    },

    async newestInstant() {
      const { at } = await db
        .selectNoFrom((eb) => [
          eb
            .fn<number>(dialect.greatest, [
              maximum(sql`select max(last_activity_at) from sessions where ended_at is null`),
              maximum(sql`select max(started_at) from sessions`),
              maximum(sql`select max(ended_at) from sessions`),
              maximum(sql`select at from audit order by id desc limit 1`),
              maximum(sql`select max(from_at) from limit_periods`),
              maximum(sql`select max(from_at) from scope_limits`),
            ])
            .as('at'),
        ])
        .executeTakeFirstOrThrow();
      return at;
    },

    async deleteEndedBefore(at) {
      let total = 0;
      for (let gone = 1; gone > 0; total += gone) {
        gone = await dialect.write(db, async (tx) => {
          await dialect.lock(tx, 'retention');
          return deleteFamilies(tx, at);
        });
        await nextTurn();
      }
      return total;
    },
  };
}

const SESSION_SORTS = {
  user: sql`(select username from users where users.id = sessions.user_id)`,
  kind: sql`kind`,
  startedAt: sql`started_at`,
  lastActivityAt: sql`last_activity_at`,
};

function maximum(query: ReturnType<typeof sql>) {
  return sql<number>`coalesce((${query}), 0)`;
}

async function findHolder(db: Db, id: string): Promise<SessionWithUser | null> {
  const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  const [holder] = await withUsers(db, [sessionOf(row)]);
  return holder ?? null;
}

/** Adds to sessions their users and parents, with two further queries however many there are. */
async function withUsers(db: Db, sessions: readonly Session[]): Promise<SessionWithUser[]> {
  if (sessions.length === 0) return [];
  const parentIds = [...new Set(sessions.flatMap(({ parentId }) => parentId ?? []))];
  const userIds = [...new Set(sessions.map(({ userId }) => userId))];
  const users = await db.selectFrom('users').selectAll().where('id', 'in', userIds).execute();
  const parents =
    parentIds.length === 0 ? [] : await db.selectFrom('sessions').selectAll().where('id', 'in', parentIds).execute();
  const userById = new Map(users.map((row) => [row.id, userOf(row)]));
  const parentById = new Map(parents.map((row) => [row.id, sessionOf(row)]));
  return sessions.flatMap((session) => {
    const user = userById.get(session.userId);
    const parent = session.parentId === null ? null : (parentById.get(session.parentId) ?? null);
    return user === undefined ? [] : [{ session, parent, user }];
  });
}

function matchesSearch(eb: ExpressionBuilder<Database, 'sessions'>, search: string, { like }: Dialect) {
  const pattern = containing(search.toLowerCase());
  const users = eb
    .selectFrom('users')
    .select('id')
    .where(sql<boolean>`username ${like} ${pattern} escape '\\'`);
  return eb.or([eb('user_id', 'in', users), sql<boolean>`cluster_id ${like} ${pattern} escape '\\'`]);
}
