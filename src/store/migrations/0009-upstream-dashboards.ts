import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Dashboards that are served on hostnames of their own, and that replicas tell each other of them. */
export async function up(db: Kysely<unknown>, { text, name }: Dialect): Promise<void> {
  await db.schema
    .createTable('upstream_dashboards')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('cluster_id', text, (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('hostname', text, (c) => c.notNull().unique())
    .addColumn('upstream', text, (c) => c.notNull())
    .addColumn('passes_credential', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  if (name === 'postgres')
    await sql`create trigger upstream_dashboards_changed after insert or update or delete or truncate on upstream_dashboards
      for each statement execute function tell('dashboards')`.execute(db);
}
