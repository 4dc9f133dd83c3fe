import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, portal, record, userOf } from './given.contract.ts';

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

    it('leave their neighbours alone', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.insertUser(userOf('eve'), 'hash', record('user.created'));
      await store.updateUser('u-grace', { readOnly: true, passwordHash: 'new', disabledAt: 3 }, record('user.changed'));
      await store.noteSignIn('u-grace', 9);
      await store.updateUser('u-eve', null, record('user.deleted'));
      const untouched = { user: userOf('ada', { role: 'Administrator' }), passwordHash: 'hash', lastSignInAt: null };
      expect(await store.findAccount('ada')).toMatchObject(untouched);
      expect((await store.findAccount('grace'))?.user).toMatchObject({ role: 'User', readOnly: true, disabledAt: 3 });
    });

    it('are listed by name, searched and paged', async () => {
      for (const name of ['b_b', 'bxb', 'c']) await store.insertUser(userOf(name), 'hash', record('user.created'));
      const names = async (query: { search?: string; offset?: number; limit?: number }) => {
        const { items, total } = await store.listAccounts({ ...ALL, ...query });
        return [total, ...items.map(({ user }) => user.username)];
      };
      expect(await names({})).toEqual([4, 'ada', 'b_b', 'bxb', 'c']);
      expect(await names({ offset: 1, limit: 2 })).toEqual([4, 'b_b', 'bxb']);
      expect(await names({ search: 'B_' })).toEqual([1, 'b_b']);
      expect(await names({ search: '%' })).toEqual([0]);
      expect(await names({ search: '\\' })).toEqual([0]);
    });

    it('stay deleted, and are disabled for whoever still holds a session of theirs', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.insertSession(portal('p1', { userId: 'u-grace' }), null, record('session.started'));
      await store.updateUser('u-grace', null, record('user.deleted', { at: 9 }));
      expect((await store.findSession('p1'))?.user.disabledAt).toBe(9);
      const changes = { role: 'Administrator', disabledAt: null } as const;
      for (const change of [changes, {}, null]) {
        expect(await store.updateUser('u-grace', change, record('user.changed', { at: 11 }))).toBe('not-found');
      }
      expect((await store.findSession('p1'))?.user).toMatchObject({ role: 'User', disabledAt: 9 });
      expect((await store.listAudit({ ...ALL, search: 'user.changed' })).total).toBe(0);
      expect(await store.findAccount('grace')).toBeNull();
      // Nobody is left but `ada`: the deleted administrator does not count.
      expect(await store.updateUser('u-ada', null, record('user.deleted'))).toBe('last-administrator');
    });

    it('are found by their ids, deleted ones as disabled', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.updateUser('u-grace', null, record('user.deleted', { at: 9 }));
      const found = await store.findUsers(['u-grace', 'u-nobody', 'u-ada']);
      expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        userOf('ada', { role: 'Administrator' }),
        userOf('grace', { disabledAt: 9 }),
      ]);
      expect(await store.findUsers([])).toEqual([]);
    });

    it('get a new password where the old one still stands, once', async () => {
      await store.insertUser(userOf('grace'), 'old', record('user.created'));
      for (const id of ['u-grace', 'u-ada']) await store.storeDevice(`device of ${id}`, id, 5, 9);
      const replace = (before: string, after: string, id = 'u-grace') =>
        store.replacePassword(id, { before, after }, record('password.changed'));
      expect(await replace('another', 'new')).toBe(false);
      expect(await store.isKnownDevice('device of u-grace', 'u-grace')).toBe(true);
      const won = await Promise.all(['one', 'two', 'three'].map((after) => replace('old', after)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const stands = ['one', 'two', 'three'][won.indexOf(true)];
      expect((await store.findAccount('grace'))?.passwordHash).toBe(stands);
      expect((await store.findAccount('ada'))?.passwordHash).toBe('hash');
      expect(await store.isKnownDevice('device of u-grace', 'u-grace')).toBe(false);
      expect(await store.isKnownDevice('device of u-ada', 'u-ada')).toBe(true);
      expect((await store.listAudit({ ...ALL, search: 'password.changed' })).total).toBe(1);
      await store.updateUser('u-grace', null, record('user.deleted'));
      expect(await replace(stands ?? '', 'new')).toBe(false);
      expect(await replace('old', 'new', 'u-nobody')).toBe(false);
    });

    it('are enabled again', async () => {
      await store.insertUser(userOf('grace', { disabledAt: 5 }), 'hash', record('user.created'));
      expect(await store.updateUser('u-grace', { disabledAt: null }, record('user.changed'))).toMatchObject({
        disabledAt: null,
      });
    });

    it('stay as they are where nothing is to change', async () => {
      expect(await store.updateUser('u-ada', {}, record('user.changed'))).toEqual(
        userOf('ada', { role: 'Administrator' }),
      );
    });

    it('are not changed where they do not exist', async () => {
      expect(await store.updateUser('u-nobody', { readOnly: true }, record('user.changed'))).toBe('not-found');
      expect((await store.listAudit({ ...ALL, search: 'user.changed' })).total).toBe(0);
    });

    it('keep one administrator where two are taken away at once', async () => {
      await store.insertUser(userOf('grace', { role: 'Administrator' }), 'hash', record('user.created'));
      const outcomes = await Promise.all(
        ['u-ada', 'u-grace'].map((id) => store.updateUser(id, null, record('user.deleted'))),
      );
      expect(new Set(outcomes)).toEqual(new Set(['deleted', 'last-administrator']));
      expect(await store.hasAdministrator()).toBe(true);
    });

    it('have one name each, also in a race', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          store.insertUser(userOf('grace', { id: `u-${index}` }), 'hash', record('user.created')),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
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
      expect(await fresh.hasAdministrator()).toBe(false);
      await fresh.storeSetupToken('expired', 99);
      await fresh.storeSetupToken('other', 100);
      await fresh.storeSetupToken('token', 100);
      const create = (username: string, token = 'token', at = 99) =>
        fresh.createFirstAdministrator(
          token,
          userOf(username, { role: 'Administrator' }),
          'hash',
          record('user.created', { at }),
        );
      expect(await create('eve', 'expired')).toBe('invalid-token');
      expect(await create('eve', 'token', 100)).toBe('invalid-token');
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => create(`admin${index}`)));
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'invalid-token')).toHaveLength(49);
      expect(await fresh.hasAdministrator()).toBe(true);
      expect(await create('eve', 'other')).toBe('invalid-token');
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
  });
}
