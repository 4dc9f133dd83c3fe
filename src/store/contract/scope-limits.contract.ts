import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../core/limits.ts';
import type { Store } from '../store.ts';
import { ALL, KEY, record } from './given.contract.ts';

const CLUSTER: Scope = { kind: 'cluster', id: 'c1' };
const TENANT: Scope = { kind: 'tenant', id: 'c1', name: 'team-a' };
const INACTIVITY = 'K8sSessionInactivityTimeout';

export function describeScopeLimits(current: () => Store): void {
  describe('limits of scopes', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const set = (scope: Scope, minutes: number | null, at: number, key: typeof KEY | typeof INACTIVITY = KEY) =>
      store.writeScopeLimit({ key, scope, minutes, at, by: 'ada' }, record('config.set', { at }));
    const periods = async () =>
      (await store.listLimitPeriods()).map(({ key, scope, minutes, fromAt, toAt }) =>
        [key === KEY ? 'duration' : 'inactivity', scope.kind, minutes, fromAt, toAt].join(' '),
      );

    it('stand as they were set, and return what was before', async () => {
      expect(await set(TENANT, 60, 5)).toBeNull();
      expect(await set(TENANT, 30, 6)).toEqual({ key: KEY, scope: TENANT, minutes: 60, setBy: 'ada', setAt: 5 });
      await set(TENANT, 0, 7, INACTIVITY);
      expect(await store.listScopeLimits({ kind: 'tenant', id: 'c1' })).toEqual([
        { key: INACTIVITY, scope: TENANT, minutes: 0, setBy: 'ada', setAt: 7 },
        { key: KEY, scope: TENANT, minutes: 30, setBy: 'ada', setAt: 6 },
      ]);
      expect(await store.newestInstant()).toBe(7);
    });

    it('leave periods that follow each other, one scope beside the other and the system', async () => {
      await store.writeSetting(
        { type: 'AppConfig', key: KEY, value: '90', by: 'ada', at: 1 },
        { key: KEY, minutes: 90 },
        record('config.set'),
      );
      await set(CLUSTER, 60, 5);
      await set(TENANT, 50, 6);
      await set(CLUSTER, 40, 7, INACTIVITY);
      await set(CLUSTER, 30, 8);
      await set(CLUSTER, null, 9);
      await store.writeSetting(
        { type: 'AppConfig', key: KEY, value: '80', by: 'ada', at: 10 },
        { key: KEY, minutes: 80 },
        record('config.set'),
      );
      expect(await periods()).toEqual([
        'duration system 90 1 10',
        'duration system 80 10 ',
        'duration cluster 60 5 8',
        'duration tenant 50 6 ',
        'inactivity cluster 40 7 ',
        'duration cluster 30 8 9',
      ]);
      expect(await store.listScopeLimits(CLUSTER)).toMatchObject([{ key: INACTIVITY }]);
      expect(await store.listSettings()).toHaveLength(1);
    });

    it('change nothing, and record nothing, when there is nothing to remove', async () => {
      await set(CLUSTER, 60, 5);
      const { total } = await store.listAudit(ALL);
      expect(await set(TENANT, null, 6)).toBeNull();
      expect(await set(CLUSTER, null, 6, INACTIVITY)).toBeNull();
      expect((await store.listAudit(ALL)).total).toBe(total);
      expect(await periods()).toEqual(['duration cluster 60 5 ']);
    });

    it('follow each other also in a race', async () => {
      const befores = await Promise.all([10, 11, 12, 13].map((minutes) => set(CLUSTER, minutes, minutes)));
      expect(befores.filter((before) => before === null)).toHaveLength(1);
      expect((await store.listLimitPeriods()).filter(({ toAt }) => toAt === null)).toHaveLength(1);
    });
  });
}
