import { sql } from 'kysely';
import type { AuditRecord } from '../../core/audit-record.ts';
import { UNDER_API_TOKEN, placeText } from '../../core/place.ts';
import { mayAdminister } from '../../core/user.ts';
import type { Session } from '../../core/session.ts';
import type { ApiTokenOutcome, StoredToken } from '../../sessions/ports.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord, count, sessionOf, userOf } from './rows.ts';
import type { Db } from './rows.ts';

/** @returns the session, or the one that stands already where there may be only one; a racing one is waited for */
export async function insertSessionRow(tx: Db, session: Session): Promise<Session> {
  for (;;) {
    const place = await makeRoomFor(tx, session);
    if (await insertRow(tx, session, place)) return session;
    const standing = await findStanding(tx, session, place);
    // Under an API token, one that another replica has ended meanwhile gives its place up as well.
    if (standing.end === null || place?.endsWith(UNDER_API_TOKEN) !== true) return standing;
  }
}

export async function insertApiToken(
  tx: Db,
  dialect: Dialect,
  session: Session,
  token: StoredToken,
  most: number,
  record: AuditRecord,
): Promise<ApiTokenOutcome> {
  // Whoever disables or deletes the user, or the one who makes it, comes before or after this.
  await dialect.lock(tx, 'users');
  const { userId, apiToken } = session;
  const maker = await tx.selectFrom('users').selectAll().where('username', '=', record.actor).executeTakeFirst();
  if (maker === undefined || !mayAdminister(userOf(maker))) return 'no-maker';
  const user = await tx.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst();
  if (user === undefined || userOf(user).disabledAt !== null) return 'no-user';
  const live = tx
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('kind', '=', 'api-token')
    .where('ended_at', 'is', null);
  if ((await count(live.where('name', '=', apiToken?.name ?? null))) > 0) return 'name-taken';
  if ((await count(live)) >= most) return 'too-many';
  await insertRow(tx, session, null);
  await insertTokenRow(tx, token);
  await appendRecord(tx, record);
  return 'stored';
}

export async function insertTokenRow(tx: Db, { hash, sessionId, purpose, place }: StoredToken): Promise<void> {
  await tx.insertInto('tokens').values({ hash, session_id: sessionId, purpose, cluster_id: place }).execute();
}

function rowOf(session: Session, place: string | null) {
  return {
    id: session.id,
    kind: session.kind,
    user_id: session.userId,
    parent_id: session.parentId,
    cluster_id: place,
    started_at: session.startedAt,
    last_activity_at: session.lastActivityAt,
    ended_at: null,
    end_reason: null,
    end_limit: null,
    replaced_by: null,
    name: session.apiToken?.name ?? null,
    expires_at: session.apiToken?.expiresAt ?? null,
    kubernetes: session.apiToken === undefined ? null : Number(session.apiToken.kubernetes),
  };
}

/** What is to stand in the column `cluster_id`. Under an API token, those that have ended there give that place up. */
async function makeRoomFor(tx: Db, { parentId, clusterId, tenantId }: Session): Promise<string | null> {
  if (parentId === null || clusterId === null) return null;
  const parent = await tx.selectFrom('sessions').select('kind').where('id', '=', parentId).executeTakeFirst();
  const text = placeText({ clusterId, tenantId });
  if (parent?.kind !== 'api-token') return text;
  await tx
    .updateTable('sessions')
    .set({ cluster_id: sql`cluster_id || id` })
    .where('parent_id', '=', parentId)
    .where('cluster_id', '=', text + UNDER_API_TOKEN)
    .where('ended_at', 'is not', null)
    .execute();
  return text + UNDER_API_TOKEN;
}

/** The session that already stands where there may be only one: of one portal session at one cluster. */
async function findStanding(tx: Db, { parentId }: Session, place: string | null): Promise<Session> {
  const row = await tx
    .selectFrom('sessions')
    .selectAll()
    .where('parent_id', '=', parentId)
    .where('cluster_id', '=', place)
    .executeTakeFirstOrThrow();
  return sessionOf(row);
}

/** @returns false when a session stands already where there may be only one; a racing one is waited for */
async function insertRow(tx: Db, session: Session, place: string | null): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('sessions')
    .values(rowOf(session, place))
    .onConflict((conflict) => conflict.columns(['parent_id', 'cluster_id']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
