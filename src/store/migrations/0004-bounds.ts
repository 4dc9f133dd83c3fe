import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** What is counted at each sign-in, so that the rest of the tables costs it nothing: live sessions and devices of a user. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('sessions_live_of_user')
    .on('sessions')
    .columns(['user_id', 'kind', 'id'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
  await db.schema.createIndex('devices_of_user').on('devices').columns(['user_id', 'seen_at']).execute();
}
