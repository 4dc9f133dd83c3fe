import { beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../core/session.ts';
import type { Store } from '../store.ts';
import { ALL, CLOSED, ISSUED, ending, kubernetes, portal, record } from './given.contract.ts';

export function describeRetention(current: () => Store): void {
  describe('sessions long ended', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const start = (session: Session) => store.insertSession(session, null, record('session.started'));
    const left = async () => {
      const { items } = await store.listSessions({ ...ALL, state: 'all' });
      return items.map(({ session }) => session.id).toSorted();
    };

    it('go with their tokens and children, those that live stay', async () => {
      await start(portal('p1'));
      await store.insertToken({ hash: 'h1', sessionId: 'p1', purpose: 'api', place: null }, 9, ISSUED);
      await start(kubernetes('k1', 'p1'));
      await store.insertToken({ hash: 'h2', sessionId: 'k1', purpose: 'kubernetes', place: 'c1' }, 9, ISSUED);
      await start(portal('p2'));
      await store.insertToken({ hash: 'h3', sessionId: 'p2', purpose: 'api', place: null }, 9, ISSUED);
      await store.endSessions([ending('k1'), ending('p1')]);
      expect(await store.deleteEndedBefore(50)).toBe(0);
      expect(await store.deleteEndedBefore(51)).toBe(2);
      expect(await left()).toEqual(['p2']);
      expect(await store.findToken('h1')).toBeNull();
      expect(await store.findToken('h2')).toBeNull();
      expect(await store.findToken('h3')).not.toBeNull();
    });

    it('stay while their parent does, so that there is still only one for a cluster', async () => {
      await start(portal('p1'));
      await start(kubernetes('k1', 'p1'));
      await store.endSessions([ending('k1')]);
      expect(await store.deleteEndedBefore(51)).toBe(0);
      expect(await start(kubernetes('k2', 'p1'))).toMatchObject({ id: 'k1', end: CLOSED });
    });

    it('stay while a child of theirs does', async () => {
      await start(portal('p1'));
      await start(kubernetes('k1', 'p1'));
      await start(kubernetes('k2', 'p1', { clusterId: 'c2' }));
      await store.endSessions([ending('p1'), ending('k1')]);
      expect(await store.deleteEndedBefore(51)).toBe(0);
      await store.endSessions([ending('k2', { ...CLOSED, at: 70 })]);
      expect(await store.deleteEndedBefore(70)).toBe(0);
      expect(await left()).toEqual(['k1', 'k2', 'p1']);
      expect(await store.deleteEndedBefore(71)).toBe(3);
    });

    it('go by the thousand', async () => {
      const ids = Array.from({ length: 1100 }, (_, index) => `p${index}`);
      for (const id of ids) await start(portal(id));
      await start(portal('live'));
      await store.endSessions(ids.map((id) => ending(id)));
      expect(await store.deleteEndedBefore(51)).toBe(1100);
      expect(await left()).toEqual(['live']);
    }, 30_000);
  });
}
