import type { ReplicaStore } from '../../sessions/ports.ts';
import type { Db } from './rows.ts';

/** Who serves on this database, in SQL. */
export function createSqlReplicaStore(db: Db): ReplicaStore {
  return {
    async reportReplica({ id, address, version, startedAt, seenAt, skewMs, streams }) {
      const columns = { address, version, started_at: startedAt, seen_at: seenAt, skew_ms: skewMs, streams };
      await db
        .insertInto('replicas')
        .values({ id, ...columns })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
        .execute();
    },
    async listReplicas(seenSince) {
      const rows = await db
        .selectFrom('replicas')
        .selectAll()
        .where('seen_at', '>=', seenSince)
        .orderBy('id')
        .execute();
      return rows.map(({ id, address, version, started_at, seen_at, skew_ms, streams }) => {
        return { id, address, version, startedAt: started_at, seenAt: seen_at, skewMs: skew_ms, streams };
      });
    },
    async forgetReplicasBefore(seenAt) {
      await db.deleteFrom('replicas').where('seen_at', '<', seenAt).execute();
    },
    async removeReplica(id) {
      await db.deleteFrom('replicas').where('id', '=', id).execute();
    },
  };
}
