import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Permanent API tokens, which are sessions of a third kind (docs/adr/0024), and which notices about them were sent. */
export async function up(db: Kysely<unknown>, { text }: Dialect): Promise<void> {
  const { schema } = db;
  await schema.alterTable('sessions').addColumn('name', text).execute();
  await schema.alterTable('sessions').addColumn('expires_at', 'bigint').execute();
  await schema.alterTable('sessions').addColumn('kubernetes', 'integer').execute();
  await schema
    .createIndex('sessions_token_names')
    .unique()
    .on('sessions')
    .columns(['user_id', 'name'])
    .where(sql.ref('ended_at'), 'is', null)
    .where(sql.ref('name'), 'is not', null)
    .execute();
  await schema
    .createTable('token_notices')
    .addColumn('session_id', text, (c) => c.primaryKey().references('sessions.id').onDelete('cascade'))
    .addColumn('taken_at', 'bigint', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .execute();
}
