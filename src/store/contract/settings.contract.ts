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
      const periods = await store.listLimitPeriods();
      expect(periods.map(({ minutes, fromAt, toAt }) => [minutes, fromAt, toAt])).toEqual([
        [60, 5, 6],
        [30, 6, 9],
      ]);
      expect(await store.listSettings()).toEqual([]);
    });

    it('are not written beside another name of theirs', async () => {
      await set('60', 5);
      const change = { type: 'AppConfig', key: 'a label', value: '30', by: 'ada', at: 6, otherKey: KEY };
      const limit = { key: KEY, minutes: 30 } as const;
      expect(await store.writeSetting(change, limit, record('config.set'))).toBe('other-key');
      expect(await store.listSettings()).toMatchObject([{ key: KEY, value: '60' }]);
      expect(await store.listLimitPeriods()).toMatchObject([{ minutes: 60, toAt: null }]);
      await set(null, 7);
      expect(await store.writeSetting(change, limit, record('config.set'))).toBeNull();
    });

    it('change nothing when there is nothing to delete', async () => {
      expect(await set(null, 5)).toBeNull();
      expect((await store.listSettingChanges(ALL)).total).toBe(0);
    });

    it('follow each other also in a race', async () => {
      const befores = await Promise.all([10, 11, 12, 13].map((minutes) => set(String(minutes), minutes)));
      const changes = (await store.listSettingChanges(ALL)).items.toReversed();
      expect(changes.map(({ before }) => before)).toEqual([null, ...changes.slice(0, -1).map(({ after }) => after)]);
      expect(new Set(befores.map((before) => (before === 'other-key' ? before : (before?.value ?? null))))).toEqual(
        new Set(changes.map(({ before }) => before)),
      );
      const open = (await store.listLimitPeriods()).filter(({ toAt }) => toAt === null);
      expect(open.map(({ minutes }) => `${minutes}`)).toEqual([changes.at(-1)?.after]);
    });

    it('leave their neighbours alone', async () => {
      const other = 'AuthorizationTokenSessionDuration';
      const setOther = (value: string | null, at: number) =>
        store.writeSetting(
          { type: 'AppConfig', key: other, value, by: 'grace', at },
          { key: other, minutes: value === null ? null : Number(value) },
          record('config.set'),
        );
      await set('60', 5);
      await setOther('20', 6);
      await set('30', 7);
      await setOther(null, 8);
      expect(await store.listSettings()).toMatchObject([{ key: KEY, value: '30', setBy: 'ada', setAt: 7 }]);
      const periods = await store.listLimitPeriods();
      expect(periods.map(({ key, minutes, fromAt, toAt }) => [key, minutes, fromAt, toAt])).toEqual([
        [KEY, 60, 5, 7],
        [other, 20, 6, 8],
        [KEY, 30, 7, null],
      ]);
    });

    it('that are no limits leave no period', async () => {
      const change = { type: 'Flags', key: 'b', value: ' {"x": 1} ', by: 'ada', at: 5 };
      await store.writeSetting(change, null, record('config.set'));
      await set('60', 6);
      expect((await store.listSettings()).map(({ key, value }) => [key, value])).toEqual([
        [KEY, '60'],
        ['b', ' {"x": 1} '],
      ]);
      expect(await store.listLimitPeriods()).toEqual([
        { key: KEY, scope: { kind: 'system', id: '' }, minutes: 60, fromAt: 6, toAt: null },
      ]);
    });

    it('have a history that is searched for what it says, and paged', async () => {
      await set('60', 5);
      await store.writeSetting(
        { type: 'Flags', key: 'a_b', value: '1', by: 'g%race', at: 6 },
        null,
        record('config.set'),
      );
      const keys = async (query: { search?: string; offset?: number; limit?: number }) => {
        const { items, total } = await store.listSettingChanges({ ...ALL, ...query });
        return [total, ...items.map(({ key }) => key)];
      };
      expect(await keys({})).toEqual([2, 'a_b', KEY]);
      expect(await keys({ offset: 1, limit: 1 })).toEqual([2, KEY]);
      expect(await keys({ search: '_' })).toEqual([1, 'a_b']);
      expect(await keys({ search: 'G%' })).toEqual([1, 'a_b']);
      expect(await keys({ search: '\\' })).toEqual([0]);
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
