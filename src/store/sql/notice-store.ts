import type { Kysely } from 'kysely';
import type { NoticeStore } from '../../sessions/ports.ts';
import type { Database } from '../schema.ts';

/** Which notices about permanent API tokens were sent, in SQL. */
export function createSqlNoticeStore(db: Kysely<Database>): NoticeStore {
  return {
    async takeNotice(tokenId, at, failedBefore) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('token_notices')
        .values({ session_id: tokenId, taken_at: at, sent_at: null })
        .onConflict((conflict) =>
          conflict
            .column('session_id')
            .doUpdateSet({ taken_at: at })
            .where('token_notices.sent_at', 'is', null)
            .where('token_notices.taken_at', '<', failedBefore),
        )
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    async noteNoticeSent(tokenId, at) {
      await db.updateTable('token_notices').set({ sent_at: at }).where('session_id', '=', tokenId).execute();
    },
  };
}
