import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Scope } from '../../core/limits.ts';
import type { OverRule } from '../../sessions/ports.ts';
import { escapeLike } from './rows.ts';

/** For each of these rules, whether it says of a row that it is over. */
export function isOver(table: 'sessions' | 'parent', rules: readonly OverRule[]): RawBuilder<boolean>[] {
  const [startedAt, lastActivityAt] = [sql.ref(`${table}.started_at`), sql.ref(`${table}.last_activity_at`)];
  return rules.map(({ startedUntil, startedBy, activeBy, within }) => {
    const isThere = within === undefined || within.kind === 'system' ? sql`` : sql`${isAt(table, within)} and `;
    return sql<boolean>`(${isThere}${startedAt} <= ${startedUntil} and (${startedAt} <= ${startedBy} or ${lastActivityAt} <= ${activeBy}))`;
  });
}

/** By the place as a text, `cluster` or `cluster/tenant`: no id has a slash. */
function isAt(table: string, { kind, id }: Scope): RawBuilder<boolean> {
  const place = sql.ref(`${table}.cluster_id`);
  const like = (pattern: string) => sql<boolean>`${place} like ${pattern} escape '\\'`;
  if (kind === 'cluster') return sql`(${place} = ${id} or ${like(`${escapeLike(id)}/%`)})`;
  return kind === 'tenant' ? like(`%/${escapeLike(id)}`) : sql`1 = 0`;
}
