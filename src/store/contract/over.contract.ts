import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../core/limits.ts';
import type { Session } from '../../core/session.ts';
import type { OverQuery } from '../../sessions/ports.ts';
import type { Store } from '../store.ts';
import { ending, kubernetes, portal, record } from './given.contract.ts';

export function describeOver(current: () => Store): void {
  describe('live sessions', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const start = (session: Session) =>
      store.insertSession(session, null, record('session.started', { subject: session.id }));

    it('are told of when they are over by a rule, some at a time', async () => {
      const over = async (query: Partial<OverQuery>) => {
        const all = { kind: 'portal', rules: [], parentRules: [], expiredBy: -1, afterId: '', among: 9 } as const;
        const { items, lastId } = await store.listOver({ ...all, ...query });
        return [items.map(({ session, user }) => `${session.id} ${user.username}`).toSorted(), lastId];
      };
      const rule = { startedUntil: Number.MAX_SAFE_INTEGER, startedBy: -1, activeBy: -1 };
      for (const [index, startedAt] of [10, 20, 30, 40].entries())
        await start(portal(`p${index}`, { startedAt, lastActivityAt: startedAt + 5 }));
      expect(await over({ rules: [] })).toEqual([[], 'p3']);
      expect(await over({ rules: [rule] })).toEqual([[], 'p3']);
      expect(await over({ rules: [{ ...rule, startedBy: 20 }] })).toEqual([['p0 ada', 'p1 ada'], 'p3']);
      expect(await over({ rules: [{ ...rule, activeBy: 15 }] })).toEqual([['p0 ada'], 'p3']);
      expect(await over({ rules: [{ ...rule, startedUntil: 20, startedBy: 30 }] })).toEqual([
        ['p0 ada', 'p1 ada'],
        'p3',
      ]);
      expect(
        await over({
          rules: [
            { ...rule, activeBy: 15 },
            { ...rule, startedBy: 20 },
          ],
        }),
      ).toEqual([['p0 ada', 'p1 ada'], 'p3']);
      expect(await over({ rules: [{ ...rule, startedBy: 40 }], afterId: 'p0', among: 2 })).toEqual([
        ['p1 ada', 'p2 ada'],
        'p2',
      ]);
      expect(await over({ rules: [{ ...rule, startedBy: 40 }], afterId: 'p3' })).toEqual([[], null]);
      await store.endSessions([ending('p0')]);
      expect(await over({ rules: [{ ...rule, startedBy: 20 }] })).toEqual([['p1 ada'], 'p3']);
    });

    it('are told of by the rules of a cluster and of a tenant, where they are', async () => {
      await start(portal('p1'));
      const places = [
        ['c1', null],
        ['c1', 't1'],
        ['c1', 't2'],
        ['c12', null],
        ['t1', null],
      ] as const;
      for (const [index, [clusterId, tenantId]] of places.entries())
        await start(kubernetes(`k${index}`, 'p1', { clusterId, tenantId, startedAt: 10, lastActivityAt: 10 }));
      const apiToken = { name: 'ci', expiresAt: Number.MAX_SAFE_INTEGER, kubernetes: true };
      await start(portal('a1', { kind: 'api-token', apiToken }));
      for (const [index, tenantId] of [null, 't1'].entries())
        await start(kubernetes(`a1-k${index}`, 'a1', { tenantId, startedAt: 10, lastActivityAt: 10 }));
      const over = async (...withins: Scope[]) => {
        const rule = { startedUntil: Number.MAX_SAFE_INTEGER, startedBy: 10, activeBy: -1 };
        const rules = withins.map((within) => ({ ...rule, within }));
        const query = { kind: 'kubernetes', rules, parentRules: [], expiredBy: 0, afterId: '', among: 9 } as const;
        return (await store.listOver(query)).items.map(({ session }) => session.id).toSorted();
      };
      expect(await over({ kind: 'system', id: '' })).toEqual(['a1-k0', 'a1-k1', 'k0', 'k1', 'k2', 'k3', 'k4']);
      expect(await over({ kind: 'cluster', id: 'c1' })).toEqual(['a1-k0', 'a1-k1', 'k0', 'k1', 'k2']);
      expect(await over({ kind: 'tenant', id: 't1' })).toEqual(['a1-k1', 'k1']);
      expect(await over({ kind: 'tenant', id: 't2' }, { kind: 'cluster', id: 't1' })).toEqual(['k2', 'k4']);
      expect(await over({ kind: 'cluster', id: '%' }, { kind: 'tenant', id: '_1' })).toEqual([]);
    });

    it('are told of when their parent is over', async () => {
      for (const [id, startedAt] of [
        ['p1', 10],
        ['p2', 20],
        ['p3', 30],
      ] as const)
        await start(portal(id, { startedAt, lastActivityAt: startedAt }));
      for (const id of ['1', '2', '3'])
        await start(kubernetes(`k${id}`, `p${id}`, { startedAt: 40, lastActivityAt: 40 }));
      await store.endSessions([ending('p2')]);
      const rule = { startedUntil: Number.MAX_SAFE_INTEGER, startedBy: 10, activeBy: -1 };
      const query = {
        kind: 'kubernetes',
        rules: [rule],
        parentRules: [rule],
        expiredBy: -1,
        afterId: '',
        among: 9,
      } as const;
      const { items, lastId } = await store.listOver(query);
      expect(items.map(({ session, parent }) => `${session.id} ${parent?.id}`).toSorted()).toEqual(['k1 p1', 'k2 p2']);
      expect(lastId).toBe('k3');
    });
  });
}
