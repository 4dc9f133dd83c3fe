import type { Kysely, Selectable } from 'kysely';
import type { LoginDecision, LoginRequest, LoginRequestStore } from '../../identity/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord } from './rows.ts';
import { count } from './rows.ts';

/** Login requests in SQL. */
export function createSqlLoginRequestStore(db: Kysely<Database>, dialect: Dialect): LoginRequestStore {
  return {
    async insertLoginRequest(request, most) {
      const waiting = db.selectFrom('login_requests').where('expires_at', '>', request.requestedAt);
      if ((await count(waiting)) >= most.all) return 'too-many';
      if ((await count(waiting.where('network', '=', request.network))) >= most.ofNetwork) return 'too-many';
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('login_requests')
        .values({
          challenge: request.challenge,
          user_code: request.userCode,
          redirect_port: request.redirectPort,
          hostname: request.hostname,
          address: request.address,
          network: request.network,
          requested_at: request.requestedAt,
          expires_at: request.expiresAt,
          next_poll_at: request.nextPollAt,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n ? 'stored' : 'taken';
    },

    async findLoginRequest(key) {
      const [column, value] =
        'challenge' in key ? ['challenge' as const, key.challenge] : ['user_code' as const, key.userCode];
      const row = await db.selectFrom('login_requests').selectAll().where(column, '=', value).executeTakeFirst();
      return row === undefined ? null : requestOf(row);
    },

    async notePoll(challenge, nextPollAt) {
      const update = db.updateTable('login_requests').set({ next_poll_at: nextPollAt });
      await update.where('challenge', '=', challenge).execute();
    },

    decideLoginRequest: (challenge, decision, expiresAt, record) =>
      dialect.write(db, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('login_requests')
          .set({ ...columnsOf(decision), expires_at: expiresAt })
          .where('challenge', '=', challenge)
          .where('decision', 'is', null)
          .where('expires_at', '>', record.at)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        await appendRecord(tx, record);
        return true;
      }),

    async takeLoginRequest(challenge) {
      const row = await db
        .deleteFrom('login_requests')
        .where('challenge', '=', challenge)
        .where('decision', 'is not', null)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? null : requestOf(row);
    },

    async forgetConsentsOf(sessionId) {
      await db.deleteFrom('login_requests').where('session_id', '=', sessionId).execute();
    },

    async forgetLoginRequestsBefore(expiresAt) {
      await db.deleteFrom('login_requests').where('expires_at', '<', expiresAt).execute();
    },
  };
}

function columnsOf(decision: LoginDecision) {
  if (!decision.approved) return { decision: 'refused' as const };
  return { decision: 'approved' as const, session_id: decision.sessionId, code_hash: decision.codeHash };
}

function requestOf(row: Selectable<Database['login_requests']>): LoginRequest {
  return {
    challenge: row.challenge,
    userCode: row.user_code,
    redirectPort: row.redirect_port,
    hostname: row.hostname,
    address: row.address,
    network: row.network,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    nextPollAt: row.next_poll_at,
    decision: decisionOf(row),
  };
}

function decisionOf({ decision, session_id, code_hash }: Selectable<Database['login_requests']>): LoginDecision | null {
  if (decision === null) return null;
  if (decision === 'refused' || session_id === null) return { approved: false };
  return { approved: true, sessionId: session_id, codeHash: code_hash };
}
