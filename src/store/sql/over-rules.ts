import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Scope } from '../../core/limits.ts';
import { UNDER_API_TOKEN } from '../../core/place.ts';
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

/** By the place as a text, `cluster` or `cluster/tenant`, with `UNDER_API_TOKEN` and more behind: no id has any of that. */
function isAt(table: string, { kind, id }: Scope): RawBuilder<boolean> {
  const place = sql.ref(`${table}.cluster_id`);
  const like = (pattern: string) => sql<boolean>`${place} like ${pattern} escape '\\'`;
  const at = escapeLike(id);
  const under = `${at}${UNDER_API_TOKEN}%`;
  if (kind === 'cluster') return sql`(${place} = ${id} or ${like(`${at}/%`)} or ${like(under)})`;
  return kind === 'tenant' ? sql`(${like(`%/${at}`)} or ${like(`%/${under}`)})` : sql`1 = 0`;
}
