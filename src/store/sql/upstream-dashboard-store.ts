import type { Kysely } from 'kysely';
import type { UpstreamDashboardStore } from '../../identity/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord } from './rows.ts';

/** Dashboards on hostnames of their own, in SQL. */
export function createSqlUpstreamDashboardStore(db: Kysely<Database>, dialect: Dialect): UpstreamDashboardStore {
  return {
    async listUpstreamDashboards() {
      const rows = await db.selectFrom('upstream_dashboards').selectAll().orderBy('hostname').execute();
      return rows.map(({ id, cluster_id, name, hostname, upstream, passes_credential, created_at }) => ({
        ...{ id, clusterId: cluster_id, name, hostname, upstream },
        passesCredential: passes_credential === 1,
        createdAt: created_at,
      }));
    },

    insertUpstreamDashboard: ({ id, clusterId, name, hostname, upstream, passesCredential, createdAt }, record) =>
      dialect.write(db, async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('upstream_dashboards')
          .values({
            ...{ id, cluster_id: clusterId, name, hostname, upstream },
            passes_credential: passesCredential ? 1 : 0,
            created_at: createdAt,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await appendRecord(tx, record);
        return true;
      }),

    deleteUpstreamDashboard: (id, record) =>
      dialect.write(db, async (tx) => {
        const { numDeletedRows } = await tx.deleteFrom('upstream_dashboards').where('id', '=', id).executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await appendRecord(tx, record);
        return true;
      }),
  };
}
