import { sql } from 'kysely';
import type { ExpressionBuilder, SelectQueryBuilder } from 'kysely';
import type { Session } from '../../core/session.ts';
import type { SessionEnding, SessionStore, SessionWithUser, StoredToken, TokenPurpose } from '../../sessions/ports.ts';
import { ROWS_IN_ONE_TURN, nextTurn } from '../../sessions/turn.ts';
import type { Database } from '../schema.ts';
import { appendRecord, containing, sessionOf, userOf } from './rows.ts';
import type { Db } from './rows.ts';

/** Sessions and tokens in SQL. */
export function createSqlSessionStore(db: Db): SessionStore {
  return {
    insertSession: (session, token, record) =>
      db.transaction().execute(async (tx) => {
        const standing = await findStanding(tx, session);
        if (standing !== null) return standing;
        await tx.insertInto('sessions').values(rowOf(session)).execute();
        if (token !== null) await insertTokenRow(tx, token);
        await appendRecord(tx, record);
        return session;
      }),

    insertToken: (token) =>
      db.transaction().execute(async (tx) => {
        const live = await tx
          .selectFrom('sessions')
          .select('id')
          .where('id', '=', token.sessionId)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (live === undefined) return false;
        await insertTokenRow(tx, token);
        return true;
      }),

    async findToken(hash) {
      const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      if (row === undefined) return null;
      const holder = await findHolder(db, row.session_id);
      const purpose = row.purpose as TokenPurpose;
      const token = { hash, sessionId: row.session_id, purpose, clusterId: row.cluster_id };
      return holder === null ? null : { token, holder };
    },

    findSession: (id) => findHolder(db, id),

    async findRows(ids) {
      if (ids.length === 0) return [];
      return (await db.selectFrom('sessions').selectAll().where('id', 'in', ids).execute()).map(sessionOf);
    },

    endSessions: (ends) =>
      db.transaction().execute(async (tx) => {
        const won: string[] = [];
        for (const ending of ends) if (await endOne(tx, ending)) won.push(ending.id);
        return won;
      }),

    recordActivity: (activities) =>
      db.transaction().execute(async (tx) => {
        for (const { id, at } of activities) {
          await tx
            .updateTable('sessions')
            .set({ last_activity_at: at })
            .where('id', '=', id)
            .where('ended_at', 'is', null)
            .where('last_activity_at', '<', at)
            .execute();
        }
      }),

    async listLive({ kind, userId, afterId, limit }) {
      let query = db.selectFrom('sessions').selectAll().where('ended_at', 'is', null).where('id', '>', afterId);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (userId !== undefined) query = query.where('user_id', '=', userId);
      const rows = await query.orderBy('id').limit(limit).execute();
      return withUsers(db, rows.map(sessionOf));
    },

    async listSessions(query) {
      let matching = db.selectFrom('sessions');
      if (query.state !== 'all') matching = matching.where('ended_at', query.state === 'live' ? 'is' : 'is not', null);
      if (query.kind !== undefined) matching = matching.where('kind', '=', query.kind);
      if (query.userId !== undefined) matching = matching.where('user_id', '=', query.userId);
      if (query.search !== '') matching = matching.where((eb) => matchesSearch(eb, query.search));
      const total = await count(matching);
      const rows = await matching
        .selectAll()
        .orderBy('started_at', 'desc')
        .orderBy('id')
        .offset(query.offset)
        .limit(query.limit)
        .execute();
      return { items: await withUsers(db, rows.map(sessionOf)), total };
    },

    async newestInstant() {
      const { at } = await db
        .selectNoFrom((eb) => [
          eb
            .fn<number>('max', [
              maximum(sql`select max(last_activity_at) from sessions where ended_at is null`),
              maximum(sql`select max(started_at) from sessions`),
              maximum(sql`select max(ended_at) from sessions`),
              maximum(sql`select at from audit order by id desc limit 1`),
              maximum(sql`select max(from_at) from limit_periods`),
            ])
            .as('at'),
        ])
        .executeTakeFirstOrThrow();
      return at;
    },

    async deleteEndedBefore(at) {
      let total = 0;
      for (let gone = 1; gone > 0; total += gone) {
        gone = await db.transaction().execute((tx) => deleteFamilies(tx, at));
        await nextTurn();
      }
      return total;
    },
  };
}

/** Forgets some families, and tells how many sessions that were. */
async function deleteFamilies(tx: Db, at: number): Promise<number> {
  const ids = (await selectFamiliesEndedBefore(tx, at).limit(ROWS_IN_ONE_TURN).execute()).map(({ id }) => id);
  if (ids.length === 0) return 0;
  const children = await tx.deleteFrom('sessions').where('parent_id', 'in', ids).executeTakeFirst();
  const parents = await tx.deleteFrom('sessions').where('id', 'in', ids).executeTakeFirst();
  return Number(children.numDeletedRows + parents.numDeletedRows);
}

/** The portal sessions that ended before an instant, as all that lived under them did. */
function selectFamiliesEndedBefore(tx: Db, at: number) {
  return tx
    .selectFrom('sessions as family')
    .select('family.id')
    .where('family.kind', '=', 'portal')
    .where('family.ended_at', '<', at)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sessions as child')
            .select('child.id')
            .whereRef('child.parent_id', '=', 'family.id')
            .where((eb) => eb.or([eb('child.ended_at', 'is', null), eb('child.ended_at', '>=', at)])),
        ),
      ),
    );
}

function maximum(query: ReturnType<typeof sql>) {
  return sql<number>`coalesce((${query}), 0)`;
}

function rowOf(session: Session) {
  return {
    id: session.id,
    kind: session.kind,
    user_id: session.userId,
    parent_id: session.parentId,
    cluster_id: session.clusterId,
    started_at: session.startedAt,
    last_activity_at: session.lastActivityAt,
    ended_at: null,
    end_reason: null,
    end_limit: null,
  };
}

/** The session that already stands where there may be only one: of one portal session at one cluster. */
async function findStanding(tx: Db, { parentId, clusterId }: Session): Promise<Session | null> {
  if (parentId === null) return null;
  const row = await tx
    .selectFrom('sessions')
    .selectAll()
    .where('parent_id', '=', parentId)
    .where('cluster_id', '=', clusterId)
    .executeTakeFirst();
  return row === undefined ? null : sessionOf(row);
}

async function insertTokenRow(tx: Db, { hash, sessionId, purpose, clusterId }: StoredToken): Promise<void> {
  await tx.insertInto('tokens').values({ hash, session_id: sessionId, purpose, cluster_id: clusterId }).execute();
}

async function endOne(tx: Db, { id, end, lastActivityAt, record }: SessionEnding): Promise<boolean> {
  let update = tx
    .updateTable('sessions')
    .set({
      ended_at: end.at,
      end_reason: end.reason,
      end_limit: end.limit === null ? null : JSON.stringify(end.limit),
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null);
  if (end.reason === 'inactivity') update = update.where('last_activity_at', '<=', lastActivityAt);
  if (end.reason === 'parent-ended') {
    update = update.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('sessions as parent')
          .select('parent.id')
          .whereRef('parent.id', '=', 'sessions.parent_id')
          .where('parent.ended_at', 'is not', null),
      ),
    );
  }
  const { numUpdatedRows } = await update.executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await appendRecord(tx, record);
  return true;
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

function matchesSearch(eb: ExpressionBuilder<Database, 'sessions'>, search: string) {
  const pattern = containing(search.toLowerCase());
  const users = eb
    .selectFrom('users')
    .select('id')
    .where(sql<boolean>`username like ${pattern} escape '\\'`);
  return eb.or([eb('user_id', 'in', users), sql<boolean>`cluster_id like ${pattern} escape '\\'`]);
}

/** How many rows a query matches. */
export async function count<Tables extends keyof Database>(
  query: SelectQueryBuilder<Database, Tables, object>,
): Promise<number> {
  const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  return total;
}
