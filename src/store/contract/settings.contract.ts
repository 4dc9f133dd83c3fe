import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { ALL, KEY, record } from './given.contract.ts';

export function describeSettings(current: () => Store): void {
  describe('settings', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });

    const set = (value: string | null, at: number, minutes: number | null = value === null ? null : Number(value)) =>
      store.writeSetting(
        { type: 'AppConfig', key: KEY, value, by: 'ada', at },
        { key: KEY, minutes },
        record('config.set'),
      );

    it('are kept as they came, and return what was before', async () => {
      expect(await set('60', 5)).toBeNull();
      expect(await set('30', 6)).toMatchObject({ value: '60', setAt: 5 });
      expect(await store.listSettings()).toEqual([
        { type: 'AppConfig', key: KEY, value: '30', setBy: 'ada', setAt: 6 },
      ]);
    });

    it('leave periods that follow each other', async () => {
      await set('60', 5);
      await set('30', 6);
      await set(null, 9);
      const periods = await store.listLimitPeriods(0);
      expect(periods.map(({ minutes, fromAt, toAt }) => [minutes, fromAt, toAt])).toEqual([
        [60, 5, 6],
        [30, 6, 9],
      ]);
      expect(await store.listLimitPeriods(7)).toHaveLength(1);
      expect(await store.listSettings()).toEqual([]);
    });

    it('change nothing when there is nothing to delete', async () => {
      expect(await set(null, 5)).toBeNull();
      expect((await store.listSettingChanges(ALL)).total).toBe(0);
    });

    it('have a history, newest first', async () => {
      await set('60', 5);
      await set(null, 9);
      const { items, total } = await store.listSettingChanges({ ...ALL, search: 'k8s' });
      expect(total).toBe(2);
      expect(items.map(({ before, after }) => [before, after])).toEqual([
        ['60', null],
        [null, '60'],
      ]);
    });
  });
}
