import { beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import type { Store } from '../store.ts';
import { ALL, ISSUED, portal, record } from './given.contract.ts';

const dashboard = (name: string, changes: Partial<UpstreamDashboard> = {}): UpstreamDashboard => ({
  id: `ud_${name}`,
  clusterId: 'c1',
  name,
  hostname: `${name}.curfew.example`,
  upstream: 'https://10.0.0.7:8443',
  passesCredential: false,
  createdAt: 5,
  ...changes,
});

export function describeUpstreamDashboards(current: () => Store): void {
  describe('upstream dashboards', () => {
    let store: Store;
    const insert = (each: UpstreamDashboard) => store.insertUpstreamDashboard(each, record('dashboard.registered'));
    beforeEach(() => {
      store = current();
    });

    it('are kept as they are, and listed by hostname', async () => {
      const both = [dashboard('grafana', { passesCredential: true, clusterId: 'c2' }), dashboard('headlamp')];
      for (const each of both.toReversed()) expect(await insert(each)).toBe(true);
      expect(await store.listUpstreamDashboards()).toEqual(both);
      expect((await store.listAudit({ ...ALL, search: 'dashboard.registered' })).total).toBe(2);
    });

    it('have a hostname each, for which one of those in a race is taken', async () => {
      const racing = ['1', '2', '3'].map((id) => insert(dashboard('headlamp', { id })));
      expect((await Promise.all(racing)).filter(Boolean)).toHaveLength(1);
      expect((await store.listAudit({ ...ALL, search: 'dashboard.registered' })).total).toBe(1);
    });

    it('are deleted once', async () => {
      await insert(dashboard('headlamp'));
      const remove = () => store.deleteUpstreamDashboard('ud_headlamp', record('dashboard.removed'));
      expect((await Promise.all([remove(), remove()])).toSorted()).toEqual([false, true]);
      expect(await store.listUpstreamDashboards()).toEqual([]);
      expect((await store.listAudit({ ...ALL, search: 'dashboard.removed' })).total).toBe(1);
    });
  });

  describe('a token that works once', () => {
    it('is taken by one of those that try, and by its purpose alone', async () => {
      const store = current();
      await store.insertSession(portal('ps-1'), null, ISSUED);
      const code = { hash: 'code', sessionId: 'ps-1', purpose: 'entry', place: null } as const;
      expect(await store.insertToken(code, 50, record('token.issued'))).toBe('stored');
      expect(await store.takeToken('code', 'dashboard')).toBe(false);
      const tries = Array.from({ length: 5 }, () => store.takeToken('code', 'entry'));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      expect(await store.findToken('code')).toBeNull();
    });
  });
}
