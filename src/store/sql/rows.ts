import type { Kysely, SelectQueryBuilder, Selectable, Transaction } from 'kysely';
import type { AuditEvent, AuditRecord } from '../../core/audit-record.ts';
import type { EndReason } from '../../core/end-reason.ts';
import type { Limit } from '../../core/limits.ts';
import { parsePlace } from '../../core/place.ts';
import type { Session } from '../../core/session.ts';
import type { User } from '../../core/user.ts';
import type { Database } from '../schema.ts';

export type Db = Kysely<Database> | Transaction<Database>;

export function userOf(row: Selectable<Database['users']>): User {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    readOnly: row.read_only === 1,
    disabledAt: row.deleted_at ?? row.disabled_at,
    createdAt: row.created_at,
  };
}

export function sessionOf(row: Selectable<Database['sessions']>): Session {
  return {
    id: row.id,
    kind: row.kind,
    userId: row.user_id,
    parentId: row.parent_id,
    ...(row.cluster_id === null ? { clusterId: null, tenantId: null } : parsePlace(row.cluster_id)),
    startedAt: row.started_at,
    lastActivityAt: row.last_activity_at,
    end:
      row.ended_at === null
        ? null
        : {
            at: row.ended_at,
            reason: row.end_reason as EndReason,
            limit: row.end_limit === null ? null : (JSON.parse(row.end_limit) as Limit),
            ...(row.replaced_by !== null && { replacedBy: row.replaced_by }),
          },
    ...(row.name !== null &&
      row.expires_at !== null && {
        apiToken: { name: row.name, expiresAt: row.expires_at, kubernetes: row.kubernetes === 1 },
      }),
  };
}

export function auditRecordOf(row: Selectable<Database['audit']>): AuditRecord & { id: number } {
  const { id, at, event, actor, subject, address, sentence } = row;
  return { id, at, event: event as AuditEvent, actor, subject, address, sentence };
}

export async function appendRecord(db: Db, record: AuditRecord): Promise<void> {
  await db.insertInto('audit').values(record).execute();
}

/** A search text as a LIKE pattern that means nothing but *contains*; to be used with `escape '\'`. */
export function containing(search: string): string {
  return `%${escapeLike(search)}%`;
}

/** A text for a LIKE pattern in which it means itself. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (char) => `\\${char}`);
}

/** How many rows a query matches. */
export async function count<Tables extends keyof Database>(
  query: SelectQueryBuilder<Database, Tables, object>,
): Promise<number> {
  const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  return total;
}
