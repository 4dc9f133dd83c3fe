import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, record, userOf } from './given.contract.ts';

export function describeUsers(current: () => Store, open: () => Promise<Store>): void {
  describe('users', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });

    it('keep their name for good', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      expect(await store.updateUser('u-grace', null, record('user.deleted'))).toBe('deleted');
      expect(await store.findAccount('grace')).toBeNull();
      expect(await store.insertUser(userOf('grace', { id: 'u-2' }), 'hash', record('user.created'))).toBe(false);
      expect((await store.listAccounts(ALL)).items.map(({ user }) => user.username)).toEqual(['ada']);
    });

    it('change, and tell how they are then', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      const changed = await store.updateUser(
        'u-grace',
        { readOnly: true, disabledAt: 7, passwordHash: 'new' },
        record('user.changed'),
      );
      expect(changed).toMatchObject({ readOnly: true, disabledAt: 7, role: 'User' });
      await store.noteSignIn('u-grace', 9);
      expect(await store.findAccount('grace')).toMatchObject({ passwordHash: 'new', lastSignInAt: 9 });
    });

    it.each([[{ role: 'User' as const }], [{ readOnly: true }], [{ disabledAt: 5 }], [null]])(
      'keep the last administrator: %j is refused',
      async (change) => {
        expect(await store.updateUser('u-ada', change, record('user.changed'))).toBe('last-administrator');
        expect((await store.findAccount('ada'))?.user).toMatchObject({
          role: 'Administrator',
          readOnly: false,
          disabledAt: null,
        });
        expect((await store.listAudit({ ...ALL, search: 'user.changed' })).total).toBe(0);
        await store.insertUser(userOf('grace', { role: 'Administrator' }), 'hash', record('user.created'));
        expect(await store.updateUser('u-ada', change, record('user.changed'))).not.toBe('last-administrator');
      },
    );

    it('get their first administrator once', async () => {
      const fresh = await open();
      await fresh.storeSetupToken('old', 100);
      await fresh.storeSetupToken('token', 100);
      const create = (username: string, token = 'token', at = 99) =>
        fresh.createFirstAdministrator(
          token,
          userOf(username, { role: 'Administrator' }),
          'hash',
          record('user.created', { at }),
        );
      expect(await create('eve', 'old')).toBe('invalid-token');
      expect(await create('eve', 'token', 100)).toBe('invalid-token');
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => create(`admin${index}`)));
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'invalid-token')).toHaveLength(49);
      expect(await fresh.hasAdministrator()).toBe(true);
      await fresh.close();
    });

    it('leave the set-up token alive when the name was taken', async () => {
      const fresh = await open();
      await fresh.insertUser(userOf('ada'), 'hash', record('user.created'));
      await fresh.storeSetupToken('token', 100);
      const create = (username: string) =>
        fresh.createFirstAdministrator(
          'token',
          userOf(username, { id: `x-${username}`, role: 'Administrator' }),
          'hash',
          record('user.created'),
        );
      expect(await create('ada')).toBe('username-taken');
      expect(await create('grace')).toBe('created');
      await fresh.close();
    });

    it('are known by their devices', async () => {
      await store.storeDevice('d1', 'u-ada', 5);
      expect(await store.isKnownDevice('d1', 'u-ada')).toBe(true);
      expect(await store.isKnownDevice('d1', 'u-grace')).toBe(false);
    });

    it('are granted clusters once, and lose them once', async () => {
      const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;
      expect(await store.addGrant(grant, record('grant.added'))).toBe(true);
      expect(await store.addGrant(grant, record('grant.added'))).toBe(false);
      expect(await store.listGrants('c1')).toEqual([grant]);
      expect(await store.listGrants('c2')).toEqual([]);
      expect(await store.removeGrant(grant, record('grant.removed'))).toBe(true);
      expect(await store.removeGrant(grant, record('grant.removed'))).toBe(false);
    });
  });
}
