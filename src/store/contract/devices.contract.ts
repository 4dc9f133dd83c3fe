import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { record, userOf } from './given.contract.ts';

export function describeDevices(current: () => Store): void {
  describe('devices of users', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });

    it('are known for their users', async () => {
      await store.storeDevice('d1', 'u-ada', 5, 9);
      expect(await store.isKnownDevice('d1', 'u-ada')).toBe(true);
      expect(await store.isKnownDevice('d1', 'u-grace')).toBe(false);
      expect(await store.isKnownDevice('d2', 'u-ada')).toBe(false);
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.storeDevice('d1', 'u-grace', 6, 9);
      expect(await store.isKnownDevice('d1', 'u-grace')).toBe(true);
      expect(await store.isKnownDevice('d1', 'u-ada')).toBe(false);
    });

    it('go with a new password of their user, when that one is disabled and when deleted', async () => {
      for (const [index, changes] of [{ passwordHash: 'new' }, { disabledAt: 7 }, null].entries()) {
        const [id, other] = [`u-forgets-${index}`, `u-keeps-${index}`];
        await store.insertUser(userOf(`forgets-${index}`, { id }), 'hash', record('user.created'));
        await store.insertUser(userOf(`keeps-${index}`, { id: other }), 'hash', record('user.created'));
        for (const name of ['a', 'b']) await store.storeDevice(`${name}-${index}`, id, 5, 9);
        await store.storeDevice(`c-${index}`, other, 5, 9);
        await store.updateUser(id, changes, record('user.changed'));
        expect(await store.isKnownDevice(`a-${index}`, id)).toBe(false);
        expect(await store.isKnownDevice(`b-${index}`, id)).toBe(false);
        expect(await store.isKnownDevice(`c-${index}`, other)).toBe(true);
      }
    });

    it('stay with any other change, and with one that is refused', async () => {
      await store.insertUser(userOf('grace', { disabledAt: 5 }), 'hash', record('user.created'));
      await store.storeDevice('d1', 'u-grace', 5, 9);
      await store.updateUser('u-grace', { role: 'User', readOnly: true, disabledAt: null }, record('user.changed'));
      expect(await store.isKnownDevice('d1', 'u-grace')).toBe(true);
      await store.storeDevice('d2', 'u-ada', 5, 9);
      expect(await store.updateUser('u-ada', null, record('user.deleted'))).toBe('last-administrator');
      expect(await store.isKnownDevice('d2', 'u-ada')).toBe(true);
    });

    it('go where nobody has signed in for long', async () => {
      for (const [hash, seenAt] of Object.entries({ old: 4, again: 4, young: 5 })) {
        await store.storeDevice(hash, 'u-ada', seenAt, 9);
      }
      await store.storeDevice('again', 'u-ada', 6, 9);
      await store.forgetDevicesBefore(5);
      expect(await store.isKnownDevice('old', 'u-ada')).toBe(false);
      expect(await store.isKnownDevice('again', 'u-ada')).toBe(true);
      expect(await store.isKnownDevice('young', 'u-ada')).toBe(true);
    });

    it('are so many for a user at most; those on which nobody has signed in for longest go', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.storeDevice('of-grace', 'u-grace', 1, 3);
      for (const [hash, seenAt] of Object.entries({ a: 5, b: 6, c: 7, d: 7 })) {
        await store.storeDevice(hash, 'u-ada', seenAt, 3);
        await store.storeDevice('a', 'u-ada', 7, 3);
      }
      // The one that is stored stays, though its instant is the oldest.
      await store.storeDevice('late', 'u-ada', 2, 3);
      const known = async (hash: string, userId = 'u-ada') => ((await store.isKnownDevice(hash, userId)) ? hash : '');
      expect(await known('late')).toBe('late');
      expect(await known('b')).toBe('');
      expect((await Promise.all(['a', 'c', 'd'].map((hash) => known(hash)))).filter(Boolean)).toHaveLength(2);
      expect(await known('of-grace', 'u-grace')).toBe('of-grace');
    });
  });
}
