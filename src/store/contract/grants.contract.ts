import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, record, userOf } from './given.contract.ts';

export function describeGrants(current: () => Store): void {
  describe('grants', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });

    it('are listed by subject, then by cluster', async () => {
      const grantOf = (clusterId: string, kind: 'role' | 'user', id: string) =>
        ({ clusterId, subject: { kind, id } }) as Parameters<Store['addGrant']>[0];
      const grants = [
        grantOf('c1', 'role', 'User'),
        grantOf('c2', 'role', 'User'),
        grantOf('c1', 'user', 'u-a'),
        grantOf('c1', 'user', 'u-b'),
      ];
      for (const grant of grants.toReversed()) await store.addGrant(grant, record('grant.added'));
      expect(await store.listGrants()).toEqual(grants);
      expect((await store.listAudit({ ...ALL, search: 'grant.added' })).total).toBe(4);
    });

    it('of a cluster name the roles, then the users, without those who were deleted', async () => {
      for (const name of ['zoe', 'grace']) await store.insertUser(userOf(name), 'hash', record('user.created'));
      // An id that sorts otherwise than its name.
      await store.insertUser(userOf('eve', { id: 'z' }), 'hash', record('user.created'));
      const subjects = [
        { kind: 'user', id: 'u-zoe' },
        { kind: 'user', id: 'z' },
        { kind: 'user', id: 'u-grace' },
        { kind: 'role', id: 'User' },
      ] as const;
      for (const subject of subjects) await store.addGrant({ clusterId: 'c1', subject }, record('grant.added'));
      const ada = { clusterId: 'c2', subject: { kind: 'user', id: 'u-ada' } } as const;
      await store.addGrant(ada, record('grant.added'));
      await store.updateUser('u-grace', null, record('user.deleted'));
      expect(await store.listGrantees('c1')).toEqual([
        { kind: 'role', subject: 'User' },
        { kind: 'user', subject: 'eve' },
        { kind: 'user', subject: 'zoe' },
      ]);
      expect(await store.listGrantees('c3')).toEqual([]);
    });

    it('are removed one by one: no other of that cluster or subject goes along', async () => {
      const grantOf = (clusterId: string, kind: 'role' | 'user', id: string) =>
        ({ clusterId, subject: { kind, id } }) as Parameters<Store['addGrant']>[0];
      const kept = [grantOf('c1', 'role', 'User'), grantOf('c1', 'user', 'u-b'), grantOf('c2', 'user', 'User')];
      const lost = grantOf('c1', 'user', 'User');
      for (const grant of [...kept, lost]) await store.addGrant(grant, record('grant.added'));
      expect(await store.removeGrant(lost, record('grant.removed'))).toBe(true);
      expect(new Set(await store.listGrants())).toEqual(new Set(kept));
      expect((await store.listAudit({ ...ALL, search: 'grant.removed' })).total).toBe(1);
    });

    it('are added once, and removed once', async () => {
      const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;
      expect(await store.addGrant(grant, record('grant.added'))).toBe(true);
      expect(await store.addGrant(grant, record('grant.added'))).toBe(false);
      expect(await store.listGrants()).toEqual([grant]);
      expect(await store.removeGrant(grant, record('grant.removed'))).toBe(true);
      expect(await store.removeGrant(grant, record('grant.removed'))).toBe(false);
    });
  });
}
