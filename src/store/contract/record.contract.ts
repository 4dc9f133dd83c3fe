import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, record } from './given.contract.ts';

export function describeRecord(current: () => Store): void {
  describe('the record and secrets', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });

    it('is searched and paged, newest first', async () => {
      await store.appendAudit(record('config.set', { at: 5, sentence: '100% sure' }));
      const { items, total } = await store.listAudit({ ...ALL, search: '100%' });
      expect([total, items[0]?.sentence, items[0]?.at]).toEqual([1, '100% sure', 5]);
      expect((await store.listAudit({ search: '', offset: 1, limit: 1 })).items[0]?.event).toBe('user.created');
    });

    it('finds what is searched for in its sentence, event and actor, as it is spelled', async () => {
      const before = { at: 5, address: '127.0.0.1', subject: 's' };
      await store.appendAudit(record('config.set', { ...before, actor: 'B_b', sentence: 'C:\\new' }));
      const total = async (search: string) => (await store.listAudit({ ...ALL, search })).total;
      expect(await Promise.all(['\\', 'c:\\N', '_', 'b_B', 'CONFIG.', '%', 'c_n'].map(total))).toEqual([
        1, 1, 1, 1, 1, 0, 0,
      ]);
      expect((await store.listAudit({ ...ALL, limit: 1 })).items[0]).toMatchObject({ ...before, actor: 'B_b' });
    });

    it('keeps one of the secrets that race for a name', async () => {
      const stands = await Promise.all(['1', '2', '3'].map((sealed) => store.storeSecretOnce('s', sealed)));
      expect(new Set(stands).size).toBe(1);
      expect(await store.findSecret('s')).toBe(stands[0]);
    });

    it('keeps the first of two secrets of one name', async () => {
      expect(await store.storeSecretOnce('s', 'one')).toBe('one');
      expect(await store.storeSecretOnce('s', 'two')).toBe('one');
      expect(await store.findSecret('s')).toBe('one');
      expect(await store.findSecret('t')).toBeNull();
    });

    it('keeps what replicas last told about themselves', async () => {
      const replica = { address: 'http://a', version: '1', startedAt: 1, seenAt: 10, skewMs: -5, streams: 3 };
      await store.reportReplica({ id: 'b', ...replica });
      await store.reportReplica({ id: 'a', ...replica });
      await store.reportReplica({ id: 'a', ...replica, seenAt: 20, streams: 0 });
      expect(await store.listReplicas(10)).toEqual([
        { id: 'a', ...replica, seenAt: 20, streams: 0 },
        { id: 'b', ...replica },
      ]);
      expect((await store.listReplicas(11)).map(({ id }) => id)).toEqual(['a']);
      await store.removeReplica('a');
      expect((await store.listReplicas(0)).map(({ id }) => id)).toEqual(['b']);
    });

    it('forgets replicas that were killed', async () => {
      const replica = { address: 'http://a', version: '1', startedAt: 1, skewMs: 0, streams: 0 };
      for (const seenAt of [9, 10, 11]) await store.reportReplica({ id: `r-${seenAt}`, ...replica, seenAt });
      await store.forgetReplicasBefore(10);
      expect((await store.listReplicas(0)).map(({ id }) => id)).toEqual(['r-10', 'r-11']);
    });

    it('answers when asked', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
