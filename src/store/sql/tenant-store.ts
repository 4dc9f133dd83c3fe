import type { Kysely, Selectable } from 'kysely';
import type { Tenant, TenantAccess } from '../../core/tenant.ts';
import type { TenantStore } from '../../identity/ports.ts';
import type { Database } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { appendRecord } from './rows.ts';

/** Tenants and who may enter them, in SQL. */
export function createSqlTenantStore(db: Kysely<Database>, dialect: Dialect): TenantStore {
  return {
    async listTenants() {
      return (await db.selectFrom('tenants').selectAll().orderBy('name').execute()).map(tenantOf);
    },

    async listTenantAccess() {
      const ordered = db.selectFrom('tenant_access').selectAll().orderBy('tenant_id').orderBy('user_id');
      return (await ordered.execute()).map(accessOf);
    },

    async listEntrants(tenantId) {
      const rows = await db
        .selectFrom('tenant_access')
        .innerJoin('users', 'users.id', 'tenant_access.user_id')
        .where('tenant_id', '=', tenantId)
        .where('users.deleted_at', 'is', null)
        .select(['users.id', 'users.username', 'tenant_access.read_only'])
        .orderBy('username')
        .execute();
      return rows.map(({ id, username, read_only }) => ({ userId: id, username, readOnly: read_only === 1 }));
    },

    async countEntrants() {
      const rows = await db
        .selectFrom('tenant_access')
        .innerJoin('users', 'users.id', 'tenant_access.user_id')
        .where('users.deleted_at', 'is', null)
        .select(({ fn }) => ['tenant_id', fn.countAll<number | string>().as('entrants')])
        .groupBy('tenant_id')
        .execute();
      return new Map(rows.map(({ tenant_id, entrants }) => [tenant_id, Number(entrants)]));
    },

    insertTenant: (tenant, record) =>
      dialect.write(db, async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('tenants')
          .values(rowOf(tenant))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 1n) {
          await appendRecord(tx, record);
          return 'stored';
        }
        const named = await tx.selectFrom('tenants').select('id').where('name', '=', tenant.name).executeTakeFirst();
        return named === undefined ? 'namespace-taken' : 'name-taken';
      }),

    deleteTenant: (id, record) =>
      dialect.write(db, async (tx) => {
        await dialect.lock(tx, 'tenants');
        const { numDeletedRows } = await tx.deleteFrom('tenants').where('id', '=', id).executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await appendRecord(tx, record);
        return true;
      }),

    setTenantAccess: ({ tenantId, userId, readOnly }, record) =>
      dialect.write(db, async (tx) => {
        // No tenant goes meanwhile.
        await dialect.lock(tx, 'tenants');
        const tenant = await tx.selectFrom('tenants').select('id').where('id', '=', tenantId).executeTakeFirst();
        if (tenant === undefined) return 'no-tenant';
        const read_only = readOnly ? 1 : 0;
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('tenant_access')
          .values({ tenant_id: tenantId, user_id: userId, read_only })
          .onConflict((conflict) =>
            conflict
              .columns(['tenant_id', 'user_id'])
              .doUpdateSet({ read_only })
              .where('tenant_access.read_only', '!=', read_only),
          )
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return 'unchanged';
        await appendRecord(tx, record);
        return 'set';
      }),

    removeTenantAccess: (tenantId, userId, record) =>
      dialect.write(db, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('tenant_access')
          .where('tenant_id', '=', tenantId)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await appendRecord(tx, record);
        return true;
      }),
  };
}

function tenantOf(row: Selectable<Database['tenants']>): Tenant {
  const { id, name, cluster_id, namespace, bindings, created_at } = row;
  return { id, name, clusterId: cluster_id, namespace, bindings, createdAt: created_at };
}

function rowOf({ id, name, clusterId, namespace, bindings, createdAt }: Tenant): Database['tenants'] {
  return { id, name, cluster_id: clusterId, namespace, bindings, created_at: createdAt };
}

function accessOf(row: Selectable<Database['tenant_access']>): TenantAccess {
  return { tenantId: row.tenant_id, userId: row.user_id, readOnly: row.read_only === 1 };
}
