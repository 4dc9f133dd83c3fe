import type { Kysely } from 'kysely';
import type { Dialect } from '../sql/dialect.ts';

/** Which session took the place of one that ended with `replaced`: other replicas take live shells along to it. */
export async function up(db: Kysely<unknown>, { text }: Dialect): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('replaced_by', text).execute();
}
