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

    it('keeps the first of two secrets of one name', async () => {
      expect(await store.storeSecretOnce('s', 'one')).toBe('one');
      expect(await store.storeSecretOnce('s', 'two')).toBe('one');
      expect(await store.findSecret('s')).toBe('one');
      expect(await store.findSecret('t')).toBeNull();
    });

    it('answers when asked', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
