import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, kubernetes, portal, record, userOf } from './given.contract.ts';

export function describeSorting(current: () => Store): void {
  describe('lists are sorted', () => {
    let store: Store;
    beforeEach(async () => {
      store = current();
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await store.insertUser(userOf('bob'), 'hash', record('user.created'));
    });

    it('sessions, what is equal newest first and then by id', async () => {
      for (const session of [
        portal('p2'),
        portal('p1'),
        portal('p3', { userId: 'u-grace', startedAt: 20 }),
        kubernetes('k1', 'p1', { startedAt: 30, lastActivityAt: 40 }),
      ]) {
        await store.insertSession(session, null, record('session.started'));
      }
      type Query = Parameters<Store['listSessions']>[0];
      const ids = async (sort: Query['sort'] & string, order: Query['order'] & string) => {
        const query = { ...ALL, state: 'all', sort, order } as const;
        return (await store.listSessions(query)).items.map(({ session }) => session.id).join(' ');
      };
      expect(await ids('startedAt', 'desc')).toBe('k1 p3 p1 p2');
      expect(await ids('startedAt', 'asc')).toBe('p1 p2 p3 k1');
      expect(await ids('user', 'asc')).toBe('k1 p1 p2 p3');
      expect(await ids('user', 'desc')).toBe('p3 k1 p1 p2');
      expect(await ids('kind', 'asc')).toBe('k1 p3 p1 p2');
      expect(await ids('kind', 'desc')).toBe('p3 p1 p2 k1');
      expect(await ids('lastActivityAt', 'desc')).toBe('k1 p3 p1 p2');
      expect(await ids('lastActivityAt', 'asc')).toBe('p3 p1 p2 k1');
      const second = { ...ALL, state: 'all', sort: 'kind', order: 'desc', offset: 1, limit: 2 } as const;
      expect((await store.listSessions(second)).items.map(({ session }) => session.id)).toEqual(['p1', 'p2']);
    });

    it('users, what is equal by name', async () => {
      await store.noteSignIn('u-bob', 9);
      await store.noteSignIn('u-ada', 5);
      type Query = Parameters<Store['listAccounts']>[0];
      const names = async (sort: Query['sort'] & string, order: Query['order'] & string) =>
        (await store.listAccounts({ ...ALL, sort, order })).items.map(({ user }) => user.username).join(' ');
      expect(await names('username', 'desc')).toBe('grace bob ada');
      expect(await names('role', 'asc')).toBe('ada bob grace');
      expect(await names('role', 'desc')).toBe('bob grace ada');
      expect(await names('lastSignInAt', 'asc')).toBe('grace ada bob');
      expect(await names('lastSignInAt', 'desc')).toBe('bob ada grace');
    });

    it('the record, oldest first', async () => {
      await store.appendAudit(record('config.set'));
      const { items } = await store.listAudit({ ...ALL, order: 'asc' });
      expect(items.map(({ event }) => event)).toEqual([...Array(3).fill('user.created'), 'config.set']);
    });
  });
}
