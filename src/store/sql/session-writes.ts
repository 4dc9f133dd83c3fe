import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { SessionEnding } from '../../sessions/ports.ts';
import type { Db } from './rows.ts';

// Writes of many sessions, each one statement however many there are.

/** @returns the ids of those that these ends won, in the order in which they came */
export async function endAll(tx: Db, ends: readonly SessionEnding[]): Promise<string[]> {
  const first = new Map<string, SessionEnding>();
  for (const ending of ends) if (!first.has(ending.id)) first.set(ending.id, ending);
  const { alone = [], withParent = [] } = Object.groupBy(first.values(), ({ end }) =>
    end.reason === 'parent-ended' ? 'withParent' : 'alone',
  );
  // Parents first: one that ends in this transaction takes its children along.
  const won = new Set([...(await endBatch(tx, alone)), ...(await endBatch(tx, withParent))]);
  const winners = [...first.values()].filter(({ id }) => won.has(id));
  if (winners.length === 0) return [];
  const records = winners.map(({ record }) => record);
  await tx.insertInto('audit').values(records).execute();
  return winners.map(({ id }) => id);
}

async function endBatch(tx: Db, ends: readonly SessionEnding[]): Promise<string[]> {
  if (ends.length === 0) return [];
  const rows = ends.map(
    ({ id, end, lastActivityAt }) =>
      sql`(cast(${id} as text), cast(${end.at} as bigint), cast(${end.reason} as text),
           cast(${end.limit === null ? null : JSON.stringify(end.limit)} as text), cast(${lastActivityAt} as bigint))`,
  );
  const { rows: ended } = await sql<{ id: string }>`
    with ends (id, ended_at, reason, deciding, active_at) as (values ${listOf(rows)})
    update sessions set ended_at = ends.ended_at, end_reason = ends.reason, end_limit = ends.deciding
    from ends
    where sessions.id = ends.id and sessions.ended_at is null
      and (ends.reason <> 'inactivity' or sessions.last_activity_at <= ends.active_at)
      and (ends.reason <> 'parent-ended' or exists (
        select 1 from sessions as parent where parent.id = sessions.parent_id and parent.ended_at is not null))
    returning sessions.id`.execute(tx);
  return ended.map(({ id }) => id);
}

/** Moves the last activity of live sessions forward, never backward. */
export async function moveActivity(tx: Db, activities: readonly { id: string; at: number }[]): Promise<void> {
  const latest = new Map<string, number>();
  for (const { id, at } of activities) latest.set(id, Math.max(at, latest.get(id) ?? 0));
  if (latest.size === 0) return;
  const rows = [...latest].map(([id, at]) => sql`(cast(${id} as text), cast(${at} as bigint))`);
  await sql`
    with activities (id, at) as (values ${listOf(rows)})
    update sessions set last_activity_at = activities.at
    from activities
    where sessions.id = activities.id and sessions.ended_at is null and sessions.last_activity_at < activities.at`.execute(
    tx,
  );
}

function listOf(rows: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(rows, sql`, `);
}
