import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Tenants, who may enter them, and that replicas tell each other of both. */
export async function up(db: Kysely<unknown>, { text, name }: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('tenants')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('name', text, (c) => c.notNull().unique())
    .addColumn('cluster_id', text, (c) => c.notNull())
    .addColumn('namespace', text, (c) => c.notNull())
    .addColumn('bindings', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('tenants_of_namespace', ['cluster_id', 'namespace'])
    .execute();
  await schema
    .createTable('tenant_access')
    .addColumn('tenant_id', text, (c) => c.notNull().references('tenants.id').onDelete('cascade'))
    .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
    .addColumn('read_only', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('tenant_access_pk', ['tenant_id', 'user_id'])
    .execute();
  if (name === 'postgres') for (const statement of NOTIFICATIONS) await statement.execute(db);
}

/** As those of grants (`0002-replicas.ts`). */
const NOTIFICATIONS = [
  sql`create trigger tenants_changed after insert or update or delete or truncate on tenants
        for each statement execute function tell('tenants')`,
  sql`create trigger tenant_access_changed after insert or update or delete or truncate on tenant_access
        for each statement execute function tell('tenants')`,
];
