import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiTokenTerms } from '../../core/session.ts';
import type { Store } from '../store.ts';
import { ALL, CLOSED, ISSUED, ending, kubernetes, portal, record, userOf } from './given.contract.ts';

const TERMS: ApiTokenTerms = { name: 'ci', expiresAt: 1000, kubernetes: true };

export function describeApiTokens(current: () => Store): void {
  describe('API tokens', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const apiToken = (id: string, terms: Partial<ApiTokenTerms> = {}, userId = 'u-ada') =>
      portal(id, { kind: 'api-token', userId, apiToken: { ...TERMS, ...terms } });
    const make = (session: ReturnType<typeof apiToken>, most = 9) => {
      const token = {
        hash: `hash of ${session.id}`,
        sessionId: session.id,
        purpose: 'permanent',
        place: null,
      } as const;
      return store.insertApiToken(session, token, most, ISSUED);
    };
    const open = (id: string, place = {}) =>
      store.insertSession(kubernetes(id, 't1', place), null, record('session.started'));

    it('are kept with what they were made with', async () => {
      expect(await make(apiToken('t1'))).toBe('stored');
      const found = await store.findToken('hash of t1');
      expect(found).toMatchObject({
        token: { purpose: 'permanent' },
        holder: { session: apiToken('t1'), parent: null },
      });
      const listed = await store.listSessions({ ...ALL, state: 'live', kind: 'api-token', userId: 'u-ada' });
      expect(listed.items.map(({ session }) => session.apiToken)).toEqual([TERMS]);
      expect((await store.listAudit({ ...ALL, search: 'token.issued' })).total).toBe(1);
    });

    it('have a name that no other live one of the user has, also at once', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      const outcomes = await Promise.all(['t1', 't2', 't3'].map((id) => make(apiToken(id))));
      expect(outcomes.toSorted()).toEqual(['name-taken', 'name-taken', 'stored']);
      expect(await make(apiToken('t4', {}, 'u-grace'))).toBe('stored');
      const { items } = await store.listSessions({ ...ALL, state: 'live', userId: 'u-ada' });
      await store.endSessions(items.map(({ session }) => ending(session.id)));
      expect(await make(apiToken('t5'))).toBe('stored');
    });

    it('are so many for a user and no more, also at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, (_, index) => make(apiToken(`t${index}`, { name: `n${index}` }), 3)),
      );
      expect(outcomes.toSorted()).toEqual(['stored', 'stored', 'stored', 'too-many', 'too-many']);
      expect((await store.listAudit({ ...ALL, search: 'token.issued' })).total).toBe(3);
    });

    it('are not made for somebody who is disabled, deleted or was never there', async () => {
      for (const name of ['off', 'gone']) await store.insertUser(userOf(name), 'hash', record('user.created'));
      await store.updateUser('u-off', { disabledAt: 5 }, record('user.changed'));
      await store.updateUser('u-gone', null, record('user.deleted'));
      for (const name of ['off', 'gone', 'nobody']) expect(await make(apiToken(name, {}, `u-${name}`))).toBe('no-user');
      expect(await store.findToken('hash of off')).toBeNull();
    });

    it('are not made by somebody who is no administrator any more', async () => {
      await store.insertUser(userOf('eve', { role: 'Administrator' }), 'hash', record('user.created'));
      const makeAs = (actor: string | null) =>
        store.insertApiToken(
          apiToken('t1'),
          { hash: 'h', sessionId: 't1', purpose: 'permanent', place: null },
          9,
          record('token.issued', { actor }),
        );
      for (const change of [
        { role: 'User' },
        { role: 'Administrator', readOnly: true },
        { readOnly: false, disabledAt: 5 },
      ] as const) {
        await store.updateUser('u-eve', change, record('user.changed'));
        expect(await makeAs('eve')).toBe('no-maker');
      }
      expect([await makeAs('nobody'), await makeAs(null)]).toEqual(['no-maker', 'no-maker']);
      await store.updateUser('u-eve', { disabledAt: null }, record('user.changed'));
      expect(await makeAs('eve')).toBe('stored');
    });

    it('have one live Kubernetes session at a place, one after the other', async () => {
      await make(apiToken('t1'));
      const first = await Promise.all(Array.from({ length: 9 }, (_, index) => open(`k${index}`)));
      const [standing] = first;
      expect(new Set(first.map(({ id }) => id)).size).toBe(1);
      await store.endSessions([ending(standing?.id ?? '')]);
      const next = await Promise.all(['a', 'b'].map((id) => open(id)));
      expect(new Set(next.map(({ id }) => id)).size).toBe(1);
      expect(next[0]).toMatchObject({ clusterId: 'c1', tenantId: null, end: null });
      const tenantId = '5f3c9b7e-0000-4000-8000-000000000001';
      expect(await open('slice', { tenantId })).toMatchObject({ id: 'slice' });
      await store.endSessions([ending(next[0]?.id ?? ''), ending('slice')]);
      expect(await open('third')).toMatchObject({ id: 'third' });
      expect(await open('slice2', { tenantId })).toMatchObject({ id: 'slice2', tenantId });
      const rows = await store.findRows([standing?.id ?? '', 'slice', 'third']);
      expect(new Map(rows.map(({ id, clusterId, tenantId: at, end }) => [id, [clusterId, at, end]]))).toEqual(
        new Map([
          [standing?.id, ['c1', null, CLOSED]],
          ['slice', ['c1', tenantId, CLOSED]],
          ['third', ['c1', null, null]],
        ]),
      );
    });

    it('are no authentication that others stem from', async () => {
      await make(apiToken('t1'));
      await open('k1');
      expect(await store.listOfAuthentication({ userId: 'u-ada', startedAt: 10 })).toEqual([]);
      expect((await store.countLivePortals(['u-ada'])).get('u-ada') ?? 0).toBe(0);
    });

    it('are over when they expire, with what is under them, and by no rule of portal sessions', async () => {
      await make(apiToken('t1'));
      await open('k1');
      const rule = { startedUntil: Number.MAX_SAFE_INTEGER, startedBy: 10, activeBy: 10 };
      const over = async (kind: 'api-token' | 'kubernetes', expiredBy: number) => {
        const query = { kind, rules: [], parentRules: [rule], expiredBy, afterId: '', among: 9 };
        return (await store.listOver(query)).items.map(({ session }) => session.id);
      };
      expect([await over('api-token', 999), await over('kubernetes', 999)]).toEqual([[], []]);
      expect([await over('api-token', 1000), await over('kubernetes', 1000)]).toEqual([['t1'], ['k1']]);
    });

    it('are told of once: whoever takes a notice on sends it, or another one after a while', async () => {
      await make(apiToken('t1'));
      await make(apiToken('t2', { name: 'other' }));
      const taken = await Promise.all(Array.from({ length: 9 }, () => store.takeNotice('t1', 100, 90)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await store.takeNotice('t2', 100, 90)).toBe(true);
      expect(await store.takeNotice('t1', 110, 100)).toBe(false);
      const again = await Promise.all(Array.from({ length: 9 }, () => store.takeNotice('t1', 111, 101)));
      expect(again.filter(Boolean)).toHaveLength(1);
      await store.noteNoticeSent('t1', 112);
      expect(await store.takeNotice('t1', 999, 998)).toBe(false);
      expect(await store.takeNotice('t2', 999, 998)).toBe(true);
    });

    it('go when they ended long ago; Kubernetes sessions under them go by themselves', async () => {
      await make(apiToken('t1'));
      await open('k1');
      await store.endSessions([ending('k1')]);
      await open('k2');
      expect(await store.deleteEndedBefore(51)).toBe(1);
      expect((await store.findRows(['t1', 'k1', 'k2'])).map(({ id }) => id).toSorted()).toEqual(['k2', 't1']);
      await store.endSessions([ending('t1'), ending('k2')]);
      expect(await store.deleteEndedBefore(51)).toBe(2);
      expect(await store.findToken('hash of t1')).toBeNull();
    });
  });
}
