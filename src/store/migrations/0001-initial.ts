import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** The first tables. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { schema } = db;
  const { text, identity } = dialect;
  await schema
    .createTable('users')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('username', text, (c) => c.notNull().unique())
    .addColumn('password_hash', text, (c) => c.notNull())
    .addColumn('role', text, (c) => c.notNull())
    .addColumn('read_only', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('disabled_at', 'bigint')
    .addColumn('deleted_at', 'bigint')
    .addColumn('last_sign_in_at', 'bigint')
    .execute();

  await schema
    .createTable('sessions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
    .addColumn('parent_id', text, (c) => c.references('sessions.id').onDelete('cascade'))
    .addColumn('cluster_id', text)
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('last_activity_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end_reason', text)
    .addColumn('end_limit', text)
    .execute();
  await schema.createIndex('sessions_of_parent').unique().on('sessions').columns(['parent_id', 'cluster_id']).execute();
  await schema.createIndex('sessions_of_user').on('sessions').columns(['user_id', 'started_at']).execute();
  await schema.createIndex('sessions_by_start').on('sessions').columns(['started_at', 'id']).execute();
  await schema.createIndex('sessions_by_end').on('sessions').column('ended_at').execute();
  await schema
    .createIndex('sessions_live')
    .on('sessions')
    .columns(['kind', 'id'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute();

  await schema
    .createTable('tokens')
    .addColumn('hash', text, (c) => c.primaryKey())
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('purpose', text, (c) => c.notNull())
    .addColumn('cluster_id', text)
    .execute();
  await schema.createIndex('tokens_of_session').on('tokens').column('session_id').execute();

  await schema
    .createTable('settings')
    .addColumn('key', text, (c) => c.primaryKey())
    .addColumn('type', text, (c) => c.notNull())
    .addColumn('value', text, (c) => c.notNull())
    .addColumn('set_by', text, (c) => c.notNull())
    .addColumn('set_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('setting_changes')
    .addColumn('id', dialect.name === 'sqlite' ? 'integer' : 'bigint', identity)
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('by', text, (c) => c.notNull())
    .addColumn('type', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('before_value', text)
    .addColumn('after_value', text)
    .execute();
  await schema
    .createTable('limit_periods')
    .addColumn('id', dialect.name === 'sqlite' ? 'integer' : 'bigint', identity)
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('scope_kind', text, (c) => c.notNull())
    .addColumn('scope_id', text, (c) => c.notNull())
    .addColumn('minutes', 'integer', (c) => c.notNull())
    .addColumn('from_at', 'bigint', (c) => c.notNull())
    .addColumn('to_at', 'bigint')
    .execute();

  await schema
    .createTable('grants')
    .addColumn('cluster_id', text, (c) => c.notNull())
    .addColumn('subject_kind', text, (c) => c.notNull())
    .addColumn('subject_id', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('grants_pk', ['cluster_id', 'subject_kind', 'subject_id'])
    .execute();
  await schema
    .createTable('setup_tokens')
    .addColumn('hash', text, (c) => c.primaryKey())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('devices')
    .addColumn('hash', text, (c) => c.primaryKey())
    .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('audit')
    .addColumn('id', dialect.name === 'sqlite' ? 'integer' : 'bigint', identity)
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('event', text, (c) => c.notNull())
    .addColumn('actor', text)
    .addColumn('subject', text)
    .addColumn('address', text)
    .addColumn('sentence', text, (c) => c.notNull())
    .execute();
  await schema
    .createTable('secrets')
    .addColumn('name', text, (c) => c.primaryKey())
    .addColumn('sealed', text, (c) => c.notNull())
    .execute();

  // The record is append-only, also for whoever holds the database handle of the portal.
  for (const trigger of APPEND_ONLY[dialect.name]) await trigger.execute(db);
}

const APPEND_ONLY = {
  sqlite: [
    sql`create trigger audit_no_update before update on audit begin select raise(abort, 'audit is append-only'); end`,
    sql`create trigger audit_no_delete before delete on audit begin select raise(abort, 'audit is append-only'); end`,
  ],
  postgres: [
    sql`create function refuse_change() returns trigger language plpgsql as
          $$ begin raise exception '% is append-only', tg_table_name; end $$`,
    sql`create trigger audit_append_only before update or delete or truncate on audit
          for each statement execute function refuse_change()`,
  ],
};
