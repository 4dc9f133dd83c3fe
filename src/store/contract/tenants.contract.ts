import { beforeEach, describe, expect, it } from 'vitest';
import type { Tenant } from '../../core/tenant.ts';
import type { Store } from '../store.ts';
import { ALL, record, userOf } from './given.contract.ts';

const tenantOf = (name: string, changes: Partial<Tenant> = {}): Tenant => ({
  id: `t-${name}`,
  name,
  clusterId: 'c1',
  namespace: `duploservices-${name}`,
  bindings: 'managed',
  createdAt: 5,
  ...changes,
});

export function describeTenants(current: () => Store): void {
  describe('tenants', () => {
    let store: Store;
    const insert = (tenant: Tenant) => store.insertTenant(tenant, record('tenant.created'));
    const give = (tenantId: string, userId: string, readOnly = false) =>
      store.setTenantAccess({ tenantId, userId, readOnly }, record('tenant-access.set'));
    const recorded = async (event: string) => (await store.listAudit({ ...ALL, search: event })).total;
    beforeEach(async () => {
      store = current();
      for (const name of ['eve', 'zoe']) await store.insertUser(userOf(name), 'hash', record('user.created'));
    });

    it('are kept as they are, and listed by name', async () => {
      const tenants = [tenantOf('dev', { id: 'z' }), tenantOf('prod', { clusterId: 'c2', bindings: 'own' })];
      for (const tenant of tenants.toReversed()) expect(await insert(tenant)).toBe('stored');
      expect(await store.listTenants()).toEqual(tenants);
      expect(await recorded('tenant.created')).toBe(2);
    });

    it('share neither a name nor a namespace of one cluster', async () => {
      await insert(tenantOf('dev'));
      expect(await insert(tenantOf('dev', { id: 't-2', clusterId: 'c2', namespace: 'other' }))).toBe('name-taken');
      expect(await insert(tenantOf('two', { namespace: 'duploservices-dev' }))).toBe('namespace-taken');
      expect(await insert(tenantOf('two', { namespace: 'duploservices-dev', clusterId: 'c2' }))).toBe('stored');
      expect((await store.listTenants()).map(({ name }) => name)).toEqual(['dev', 'two']);
      expect(await recorded('tenant.created')).toBe(2);
    });

    it('let one of those in that race for a name, and one for a namespace', async () => {
      const racing = ['1', '2', '3'].map((id) => insert(tenantOf('dev', { id, clusterId: id })));
      expect((await Promise.all(racing)).toSorted()).toEqual(['name-taken', 'name-taken', 'stored']);
      const sharing = ['a', 'b', 'c'].map((name) => insert(tenantOf(name, { namespace: 'shared' })));
      expect((await Promise.all(sharing)).toSorted()).toEqual(['namespace-taken', 'namespace-taken', 'stored']);
    });

    it('are deleted once, each with the access to it and to no other', async () => {
      for (const name of ['dev', 'prod']) await insert(tenantOf(name));
      for (const id of ['t-dev', 't-prod']) await give(id, 'u-eve');
      expect(await store.deleteTenant('t-dev', record('tenant.deleted'))).toBe(true);
      expect(await store.deleteTenant('t-dev', record('tenant.deleted'))).toBe(false);
      expect((await store.listTenants()).map(({ id }) => id)).toEqual(['t-prod']);
      expect(await store.listTenantAccess()).toEqual([{ tenantId: 't-prod', userId: 'u-eve', readOnly: false }]);
      expect(await recorded('tenant.deleted')).toBe(1);
      expect(await insert(tenantOf('dev', { id: 't-new' }))).toBe('stored');
    });

    it('are entered by whoever was given access, in one way at a time', async () => {
      for (const name of ['dev', 'prod']) await insert(tenantOf(name));
      expect(await give('t-prod', 'u-eve')).toBe('set');
      expect(await give('t-dev', 'u-zoe', true)).toBe('set');
      expect(await give('t-dev', 'u-eve')).toBe('set');
      expect(await give('t-dev', 'u-eve')).toBe('unchanged');
      expect(await give('t-dev', 'u-eve', true)).toBe('set');
      expect(await store.listTenantAccess()).toEqual([
        { tenantId: 't-dev', userId: 'u-eve', readOnly: true },
        { tenantId: 't-dev', userId: 'u-zoe', readOnly: true },
        { tenantId: 't-prod', userId: 'u-eve', readOnly: false },
      ]);
      expect(await recorded('tenant-access.set')).toBe(4);
    });

    it('name those who were given access, without users who were deleted', async () => {
      for (const name of ['dev', 'prod']) await insert(tenantOf(name));
      // An id that sorts otherwise than its name.
      await store.insertUser(userOf('bob', { id: 'z' }), 'hash', record('user.created'));
      for (const id of ['z', 'u-zoe', 'u-eve']) await give('t-dev', id, id === 'z');
      await give('t-prod', 'u-ada');
      await store.updateUser('u-zoe', null, record('user.deleted'));
      expect(await store.listEntrants('t-dev')).toEqual([
        { userId: 'z', username: 'bob', readOnly: true },
        { userId: 'u-eve', username: 'eve', readOnly: false },
      ]);
      expect(await store.listEntrants('t-gone')).toEqual([]);
      await insert(tenantOf('empty'));
      expect(await store.countEntrants()).toEqual(
        new Map([
          ['t-dev', 2],
          ['t-prod', 1],
        ]),
      );
    });

    it('give no access where there is none of that id', async () => {
      expect(await give('t-gone', 'u-eve')).toBe('no-tenant');
      expect(await store.listTenantAccess()).toEqual([]);
      expect(await recorded('tenant-access.set')).toBe(0);
    });

    it('lose access one by one', async () => {
      for (const name of ['dev', 'prod']) await insert(tenantOf(name));
      for (const [tenant, user] of [
        ['t-dev', 'u-eve'],
        ['t-dev', 'u-zoe'],
        ['t-prod', 'u-eve'],
      ] as const)
        await give(tenant, user);
      const remove = () => store.removeTenantAccess('t-dev', 'u-eve', record('tenant-access.removed'));
      expect([await remove(), await remove()]).toEqual([true, false]);
      const left = (await store.listTenantAccess()).map(({ tenantId, userId }) => `${tenantId} ${userId}`);
      expect(left).toEqual(['t-dev u-zoe', 't-prod u-eve']);
      expect(await recorded('tenant-access.removed')).toBe(1);
    });
  });
}
