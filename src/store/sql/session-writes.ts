import { sql } from 'kysely';
import type { SessionEnding } from '../../sessions/ports.ts';
import { ROWS_IN_ONE_TURN } from '../../sessions/turn.ts';
import type { Dialect } from './dialect.ts';
import type { Db } from './rows.ts';

// Writes of many sessions, each one statement however many there are. The plus before `ended_at` keeps SQLite from walking
// through all live sessions by that column's index: each session is to be found by its id.

/** @returns the ids of those that these ends won, in the order in which they came */
export async function endAll(tx: Db, dialect: Dialect, ends: readonly SessionEnding[]): Promise<string[]> {
  const first = new Map<string, SessionEnding>();
  for (const ending of ends) if (!first.has(ending.id)) first.set(ending.id, ending);
  const { alone = [], withParent = [] } = Object.groupBy(first.values(), ({ end }) =>
    end.reason === 'parent-ended' ? 'withParent' : 'alone',
  );
  // Parents first: one that ends in this transaction takes its children along.
  const won = new Set([...(await endBatch(tx, dialect, alone)), ...(await endBatch(tx, dialect, withParent))]);
  const winners = [...first.values()].filter(({ id }) => won.has(id));
  if (winners.length === 0) return [];
  const records = dialect.rows(
    RECORD,
    winners.map(({ record }) => record),
  );
  await sql`insert into audit (at, event, actor, subject, address, sentence)
    select at, event, actor, subject, address, sentence from ${records} as records`.execute(tx);
  return winners.map(({ id }) => id);
}

const RECORD = {
  at: 'bigint',
  event: 'text',
  actor: 'text',
  subject: 'text',
  address: 'text',
  sentence: 'text',
} as const;
const END = {
  id: 'text',
  at: 'bigint',
  reason: 'text',
  deciding: 'text',
  successor: 'text',
  active: 'bigint',
} as const;
const ACTIVITY = { id: 'text', at: 'bigint' } as const;

async function endBatch(tx: Db, dialect: Dialect, ends: readonly SessionEnding[]): Promise<string[]> {
  if (ends.length === 0) return [];
  const rows = ends.map(({ id, end: { at, reason, limit, replacedBy = null }, lastActivityAt }) => {
    const deciding = limit === null ? null : JSON.stringify(limit);
    return { id, at, reason, deciding, successor: replacedBy, active: lastActivityAt };
  });
  const { rows: ended } = await sql<{ id: string }>`
    update sessions set ended_at = ends.at, end_reason = ends.reason, end_limit = ends.deciding,
      replaced_by = ends.successor
    from ${dialect.rows(END, rows)} as ends
    where sessions.id = ends.id and +sessions.ended_at is null
      and (ends.reason <> 'inactivity' or sessions.last_activity_at <= ends.active)
      and (ends.reason <> 'parent-ended' or exists (
        select 1 from sessions as parent where parent.id = sessions.parent_id and parent.ended_at is not null))
    returning sessions.id`.execute(tx);
  return ended.map(({ id }) => id);
}

/** Moves the last activity of live sessions forward, never backward. */
export async function moveActivity(
  tx: Db,
  dialect: Dialect,
  activities: readonly { id: string; at: number }[],
): Promise<void> {
  const latest = new Map<string, number>();
  for (const { id, at } of activities) latest.set(id, Math.max(at, latest.get(id) ?? 0));
  const rows = dialect.rows(
    ACTIVITY,
    [...latest].map(([id, at]) => ({ id, at })),
  );
  await sql`update sessions set last_activity_at = activities.at from ${rows} as activities
    where sessions.id = activities.id and +ended_at is null and last_activity_at < activities.at`.execute(tx);
}

/** Forgets some families, and tells how many sessions that were. */
export async function deleteFamilies(tx: Db, at: number): Promise<number> {
  const ids = (await selectFamiliesEndedBefore(tx, at).limit(ROWS_IN_ONE_TURN).execute()).map(({ id }) => id);
  if (ids.length === 0) return deleteUnderApiTokens(tx, at);
  const children = await tx.deleteFrom('sessions').where('parent_id', 'in', ids).executeTakeFirst();
  const parents = await tx.deleteFrom('sessions').where('id', 'in', ids).executeTakeFirst();
  return Number(children.numDeletedRows + parents.numDeletedRows);
}

/** What ended under an API token bars no other one: it goes though the token may live for a year. */
async function deleteUnderApiTokens(tx: Db, at: number): Promise<number> {
  const old = tx
    .selectFrom('sessions as child')
    .innerJoin('sessions as token', 'token.id', 'child.parent_id')
    .select('child.id')
    .where('child.ended_at', '<', at)
    .where('token.kind', '=', 'api-token')
    .limit(ROWS_IN_ONE_TURN);
  const { numDeletedRows } = await tx.deleteFrom('sessions').where('id', 'in', old).executeTakeFirst();
  return Number(numDeletedRows);
}

/** The portal sessions and API tokens that ended before an instant, as all that lived under them did. */
function selectFamiliesEndedBefore(tx: Db, at: number) {
  return tx
    .selectFrom('sessions as family')
    .select('family.id')
    .where('family.kind', '<>', 'kubernetes')
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
