import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/**
 * Limits of clusters and tenants. They have a table of their own: a program that knows only those of the system would
 * close their periods with its own, which it knows by their key alone.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { schema } = db;
  const { text, identity, name } = dialect;
  await schema
    .createTable('scope_limits')
    .addColumn('id', name === 'sqlite' ? 'integer' : 'bigint', identity)
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('scope_kind', text, (c) => c.notNull())
    .addColumn('scope_id', text, (c) => c.notNull())
    .addColumn('scope_name', text)
    .addColumn('minutes', 'integer', (c) => c.notNull())
    .addColumn('set_by', text, (c) => c.notNull())
    .addColumn('from_at', 'bigint', (c) => c.notNull())
    .addColumn('to_at', 'bigint')
    .execute();
  await schema
    .createIndex('scope_limits_standing')
    .unique()
    .on('scope_limits')
    .columns(['scope_kind', 'scope_id', 'key'])
    .where(sql.ref('to_at'), 'is', null)
    .execute();
  // Heard as a change of the system's limits is: both are read again together.
  if (name === 'postgres')
    await sql`create trigger scope_limits_changed after insert or update or delete or truncate on scope_limits
      for each statement execute function tell('limits')`.execute(db);
}
