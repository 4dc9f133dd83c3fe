import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Command lines that ask to be signed in, until somebody has decided about them or ten minutes have passed. */
export async function up(db: Kysely<unknown>, { text }: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('login_requests')
    .addColumn('challenge', text, (c) => c.primaryKey())
    .addColumn('user_code', text, (c) => c.unique())
    .addColumn('redirect_port', 'integer')
    .addColumn('hostname', text, (c) => c.notNull())
    .addColumn('address', text, (c) => c.notNull())
    .addColumn('network', text, (c) => c.notNull())
    .addColumn('requested_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('next_poll_at', 'bigint', (c) => c.notNull())
    .addColumn('decision', text)
    .addColumn('session_id', text, (c) => c.references('sessions.id').onDelete('cascade'))
    .addColumn('code_hash', text)
    .execute();
  await schema.createIndex('login_requests_of_network').on('login_requests').column('network').execute();
  await schema.createIndex('login_requests_of_session').on('login_requests').column('session_id').execute();
}
