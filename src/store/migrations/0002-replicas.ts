import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Tables that replicas share, what each of them tells the others, and which programs may run on this schema. */
export async function up(db: Kysely<unknown>, { text, name }: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('replicas')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('address', text, (c) => c.notNull())
    .addColumn('version', text, (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addColumn('skew_ms', 'bigint', (c) => c.notNull())
    .addColumn('streams', 'integer', (c) => c.notNull())
    .execute();
  await schema
    .createTable('attempts')
    .addColumn('key', text, (c) => c.primaryKey())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('last_at', 'bigint', (c) => c.notNull())
    .addColumn('blocked_until', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('compatibility')
    .addColumn('oldest_program', 'integer', (c) => c.notNull())
    .execute();
  await sql`insert into compatibility (oldest_program) values (2)`.execute(db);
  if (name === 'postgres') for (const statement of NOTIFICATIONS) await statement.execute(db);
}

/** Activity that moves by less than this is no news: replicas record it that often. */
const ACTIVITY_NEWS_MS = 5000;

/**
 * Each change is told in its own transaction: it arrives once the change stands, and only then. A payload is a hint of
 * what to read again, and nothing to act upon.
 */
const NOTIFICATIONS = [
  sql`create function tell_end() returns trigger language plpgsql as
        $$ begin perform pg_notify('curfew', 'end ' || new.id); return null; end $$`,
  sql`create trigger session_ended after update of ended_at on sessions for each row
        when (old.ended_at is null and new.ended_at is not null) execute function tell_end()`,
  sql`create function tell_activity() returns trigger language plpgsql as
        $$ begin perform pg_notify('curfew', 'activity ' || new.id || ' ' || new.last_activity_at); return null; end $$`,
  sql`create trigger session_active after update of last_activity_at on sessions for each row
        when (new.last_activity_at > old.last_activity_at + ${sql.lit(ACTIVITY_NEWS_MS)}) execute function tell_activity()`,
  sql`create function tell_user() returns trigger language plpgsql as
        $$ begin perform pg_notify('curfew', 'user ' || new.id); return null; end $$`,
  // Not of `last_sign_in_at`: that is no news to anybody.
  sql`create trigger user_changed after update of username, password_hash, role, read_only, disabled_at, deleted_at
        on users for each row execute function tell_user()`,
  sql`create function tell() returns trigger language plpgsql as
        $$ begin perform pg_notify('curfew', tg_argv[0]); return null; end $$`,
  sql`create trigger limits_changed after insert or update or delete or truncate on limit_periods
        for each statement execute function tell('limits')`,
  sql`create trigger settings_changed after insert or update or delete or truncate on settings
        for each statement execute function tell('settings')`,
  sql`create trigger grants_changed after insert or update or delete or truncate on grants
        for each statement execute function tell('grants')`,
];
