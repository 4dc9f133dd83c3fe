import type { TenantAccess } from '../../core/tenant.ts';
import type { TenantStore } from '../../identity/ports.ts';
import { by } from './tables.ts';
import type { Tables } from './tables.ts';

/** Tenants and who may enter them, in memory. */
export function createMemoryTenantStore({ tenants, tenantAccess, users, audit }: Tables): TenantStore {
  const keyOf = ({ tenantId, userId }: Pick<TenantAccess, 'tenantId' | 'userId'>) => `${tenantId} ${userId}`;
  const isThere = ({ userId }: TenantAccess) => users.get(userId)?.deletedAt === null;

  return {
    async listTenants() {
      return [...tenants.values()].toSorted(by(({ name }) => name, 'asc'));
    },
    async listTenantAccess() {
      return [...tenantAccess.values()].toSorted(by(keyOf, 'asc'));
    },
    async listEntrants(tenantId) {
      return [...tenantAccess.values()]
        .flatMap((access) => {
          const row = users.get(access.userId);
          if (access.tenantId !== tenantId || row === undefined || !isThere(access)) return [];
          return [{ userId: access.userId, username: row.user.username, readOnly: access.readOnly }];
        })
        .toSorted(by(({ username }) => username, 'asc'));
    },
    async countEntrants() {
      const there = [...tenantAccess.values()].filter(isThere);
      return new Map([...Map.groupBy(there, ({ tenantId }) => tenantId)].map(([id, { length }]) => [id, length]));
    },
    async insertTenant(tenant, record) {
      for (const { name, clusterId, namespace } of tenants.values()) {
        if (name === tenant.name) return 'name-taken';
        if (clusterId === tenant.clusterId && namespace === tenant.namespace) return 'namespace-taken';
      }
      tenants.set(tenant.id, tenant);
      audit.push(record);
      return 'stored';
    },
    async deleteTenant(id, record) {
      if (!tenants.delete(id)) return false;
      for (const [key, { tenantId }] of tenantAccess) if (tenantId === id) tenantAccess.delete(key);
      audit.push(record);
      return true;
    },
    async setTenantAccess(access, record) {
      if (!tenants.has(access.tenantId)) return 'no-tenant';
      if (tenantAccess.get(keyOf(access))?.readOnly === access.readOnly) return 'unchanged';
      tenantAccess.set(keyOf(access), access);
      audit.push(record);
      return 'set';
    },
    async removeTenantAccess(tenantId, userId, record) {
      if (!tenantAccess.delete(keyOf({ tenantId, userId }))) return false;
      audit.push(record);
      return true;
    },
  };
}
