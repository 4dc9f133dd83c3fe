import { beforeEach, describe, expect, it } from 'vitest';
import type { Session, SessionEnd } from '../../core/session.ts';
import type { Store } from '../store.ts';
import { ALL, CLOSED, ISSUED, KEY, ending, kubernetes, portal, record, userOf } from './given.contract.ts';

export function describeSessions(current: () => Store): void {
  describe('sessions', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const start = (session: Session) =>
      store.insertSession(session, null, record('session.started', { subject: session.id }));

    it('are found by their token, with user and parent', async () => {
      await start(portal('p1'));
      const token = { hash: 'h1', sessionId: 'k1', purpose: 'kubernetes', place: 'c1' } as const;
      await store.insertSession(kubernetes('k1', 'p1'), token, record('session.started'));
      const found = await store.findToken('h1');
      expect(found?.token).toEqual(token);
      expect(found?.holder).toMatchObject({ session: { id: 'k1' }, parent: { id: 'p1' }, user: { username: 'ada' } });
      expect(await store.findToken('h2')).toBeNull();
      expect(await store.findSession('k2')).toBeNull();
    });

    it('are one for a portal session and a cluster, also in a race, ended or not', async () => {
      await start(portal('p1'));
      const standing = await Promise.all(
        Array.from({ length: 20 }, (_, index) => start(kubernetes(`k${index}`, 'p1'))),
      );
      expect(new Set(standing.map(({ id }) => id)).size).toBe(1);
      const [first] = standing;
      await store.endSessions([ending(first?.id ?? '')]);
      expect((await start(kubernetes('later', 'p1'))).end).toEqual(CLOSED);
      expect((await start(kubernetes('other', 'p1', { clusterId: 'c2' }))).id).toBe('other');
      expect((await start(portal('p2'))).id).toBe('p2');
    });

    it('are one of a portal session at each place', async () => {
      await start(portal('p1'));
      const tenant = { tenantId: '5f3c9b7e-0000-4000-8000-000000000001' };
      expect((await start(kubernetes('whole', 'p1'))).id).toBe('whole');
      expect(await start(kubernetes('slice', 'p1', tenant))).toMatchObject({ id: 'slice', clusterId: 'c1', ...tenant });
      expect((await start(kubernetes('again', 'p1', tenant))).id).toBe('slice');
      expect((await store.findSession('slice'))?.session).toMatchObject({ clusterId: 'c1', ...tenant });
      expect((await store.findSession('whole'))?.session).toMatchObject({ clusterId: 'c1', tenantId: null });
    });

    it('are found by the authentication that they stem from, ended or not', async () => {
      for (const id of ['p1', 'p2']) await start(portal(id));
      await start(portal('later', { startedAt: 11 }));
      for (const parent of ['p1', 'p2', 'later']) await start(kubernetes(`of-${parent}`, parent, { startedAt: 20 }));
      await store.endSessions([ending('of-p1')]);
      const found = await store.listOfAuthentication({ userId: 'u-ada', startedAt: 10 });
      expect(found.map(({ session, parent }) => [session.id, session.end, parent?.id])).toEqual([
        ['of-p1', CLOSED, 'p1'],
        ['of-p2', null, 'p2'],
      ]);
      expect(await store.listOfAuthentication({ userId: 'u-grace', startedAt: 10 })).toEqual([]);
    });

    it('end once, with the reason and limit of the first', async () => {
      await start(portal('p1'));
      const limit = { key: KEY, scope: { kind: 'system', id: '' }, minutes: 5 } as const;
      const first: SessionEnd = { at: 40, reason: 'max-duration', limit };
      const won = await Promise.all([store.endSessions([ending('p1', first)]), store.endSessions([ending('p1')])]);
      expect(won.flat()).toEqual(['p1']);
      const winner = won[0]?.length === 1 ? first : CLOSED;
      expect((await store.findSession('p1'))?.session.end).toEqual(winner);
      expect((await store.listAudit({ ...ALL, search: 'session.ended' })).total).toBe(1);
      expect(await store.endSessions([ending('nobody')])).toEqual([]);
    });

    it('that were replaced say by which one', async () => {
      await start(portal('p1'));
      const replaced: SessionEnd = { at: 40, reason: 'replaced', limit: null, replacedBy: 'p2' };
      await store.endSessions([ending('p1', replaced)]);
      expect((await store.findRows(['p1'])).map(({ end }) => end)).toEqual([replaced]);
    });

    it('do not end for inactivity where somebody was active later than was known', async () => {
      await start(portal('p1'));
      const idle: SessionEnd = { at: 50, reason: 'inactivity', limit: null };
      await store.recordActivity([{ id: 'p1', at: 20 }]);
      expect(await store.endSessions([{ ...ending('p1', idle), lastActivityAt: 19 }])).toEqual([]);
      expect((await store.findSession('p1'))?.session.end).toBeNull();
      expect((await store.listAudit({ ...ALL, search: 'session.ended' })).total).toBe(0);
      expect(await store.endSessions([{ ...ending('p1', idle), lastActivityAt: 20 }])).toEqual(['p1']);
    });

    it('end with their parent once that has ended, also in the same breath', async () => {
      await start(portal('p1'));
      await start(kubernetes('k1', 'p1'));
      await start(kubernetes('k2', 'p1', { clusterId: 'c2' }));
      const withParent: SessionEnd = { at: 50, reason: 'parent-ended', limit: null };
      expect(await store.endSessions([ending('k1', withParent)])).toEqual([]);
      expect(await store.endSessions([ending('p1'), ending('k1', withParent)])).toEqual(['p1', 'k1']);
      expect(await store.endSessions([ending('k2', withParent)])).toEqual(['k2']);
    });

    it('are read as they stand, those that exist', async () => {
      await start(portal('p1'));
      await start(portal('p2'));
      await store.endSessions([ending('p2')]);
      const rows = await store.findRows(['p2', 'nobody', 'p1']);
      expect(new Map(rows.map(({ id, end }) => [id, end]))).toEqual(
        new Map([
          ['p1', null],
          ['p2', CLOSED],
        ]),
      );
      expect(await store.findRows([])).toEqual([]);
    });

    it('take no token once ended', async () => {
      await start(portal('p1'));
      const token = { hash: 'h1', sessionId: 'p1', purpose: 'api', place: null } as const;
      expect(await store.insertToken(token, 9, ISSUED)).toBe('stored');
      await store.endSessions([ending('p1')]);
      expect(await store.insertToken({ ...token, hash: 'h2' }, 9, ISSUED)).toBe('ended');
      expect((await store.findToken('h1'))?.holder.session.end).toEqual(CLOSED);
      // The record tells of the token that there is, and of no other.
      expect((await store.listAudit({ ...ALL, search: 'token.issued' })).total).toBe(1);
    });

    it('take so many tokens of one purpose and no more, also at once', async () => {
      for (const id of ['p1', 'p2']) await start(portal(id));
      const token = { sessionId: 'p1', purpose: 'api', place: null } as const;
      await store.insertToken({ ...token, hash: 'cookie', purpose: 'cookie' }, 3, ISSUED);
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, (_, index) => store.insertToken({ ...token, hash: `h${index}` }, 3, ISSUED)),
      );
      expect(outcomes.toSorted()).toEqual(['stored', 'stored', 'stored', 'too-many', 'too-many']);
      const found = await Promise.all(outcomes.map((_, index) => store.findToken(`h${index}`)));
      expect(found.map((each) => each !== null)).toEqual(outcomes.map((each) => each === 'stored'));
      expect((await store.listAudit({ ...ALL, search: 'token.issued' })).total).toBe(4);
      expect(await store.insertToken({ ...token, hash: 'h5', purpose: 'kubernetes' }, 3, ISSUED)).toBe('stored');
      expect(await store.insertToken({ ...token, hash: 'h6', sessionId: 'p2' }, 3, ISSUED)).toBe('stored');
    });

    it('end one by one where only some had ended', async () => {
      for (const id of ['p1', 'p2', 'p3']) await start(portal(id));
      await store.endSessions([ending('p2')]);
      expect(await store.endSessions(['p1', 'p2', 'p3'].map((id) => ending(id)))).toEqual(['p1', 'p3']);
    });

    it('are ended and active in batches of a thousand', async () => {
      const ids = Array.from({ length: 1000 }, (_, index) => `p${index}`);
      for (const id of ids) await start(portal(id));
      await store.recordActivity([...ids, 'nobody'].map((id) => ({ id, at: 20 })));
      expect((await store.findSession('p999'))?.session.lastActivityAt).toBe(20);
      expect(await store.endSessions(ids.map((id) => ending(id)))).toEqual(ids);
      expect(await store.listLive({ afterId: '', limit: 9 })).toEqual([]);
      expect(await store.endSessions([])).toEqual([]);
    }, 30_000);

    it('are refused whole where they do not fit', async () => {
      await start(portal('p1'));
      const token = { hash: 'h1', sessionId: 'p1', purpose: 'api', place: null } as const;
      await store.insertToken(token, 9, ISSUED);
      const before = (await store.listAudit(ALL)).total;
      await expect(start(portal('p1'))).rejects.toThrow();
      await expect(start(portal('p2', { userId: 'u-nobody' }))).rejects.toThrow();
      await expect(start(kubernetes('k1', 'p9'))).rejects.toThrow();
      const again = { ...token, sessionId: 'p3' };
      await expect(store.insertSession(portal('p3'), again, record('session.started'))).rejects.toThrow();
      await expect(store.insertToken(token, 9, ISSUED)).rejects.toThrow();
      expect((await store.listSessions({ ...ALL, state: 'all' })).total).toBe(1);
      expect((await store.listAudit(ALL)).total).toBe(before);
    });

    it('leave their neighbours alone', async () => {
      for (const id of ['p1', 'p2']) await start(portal(id));
      expect((await start(kubernetes('k1', 'p1'))).id).toBe('k1');
      expect((await start(kubernetes('k2', 'p2'))).id).toBe('k2');
      await store.endSessions([ending('p1')]);
      await store.recordActivity([{ id: 'p2', at: 30 }]);
      const token = { hash: 'h1', sessionId: 'p1', purpose: 'api', place: null } as const;
      expect(await store.insertToken(token, 9, ISSUED)).toBe('ended');
      expect(await store.insertToken({ ...token, sessionId: 'p2' }, 9, ISSUED)).toBe('stored');
      const rows = await Promise.all(['p1', 'p2', 'k1', 'k2'].map((id) => store.findSession(id)));
      expect(rows.map((row) => [row?.session.lastActivityAt, row?.session.end?.at, row?.parent?.id])).toEqual([
        [10, 50, undefined],
        [30, undefined, undefined],
        [10, undefined, 'p1'],
        [10, undefined, 'p2'],
      ]);
    });

    it('note activity forward only, and only while they live', async () => {
      await start(portal('p1'));
      await store.recordActivity([{ id: 'p1', at: 30 }]);
      await store.recordActivity([{ id: 'p1', at: 20 }]);
      expect((await store.findSession('p1'))?.session.lastActivityAt).toBe(30);
      await store.endSessions([ending('p1')]);
      await store.recordActivity([{ id: 'p1', at: 60 }]);
      expect((await store.findSession('p1'))?.session.lastActivityAt).toBe(30);
    });

    it('are listed by state, kind, user and search, newest first', async () => {
      await store.insertUser(userOf('b_b'), 'hash', record('user.created'));
      await start(portal('p1'));
      await start(portal('p2', { userId: 'u-b_b', startedAt: 20 }));
      await start(kubernetes('k1', 'p1', { startedAt: 30 }));
      await store.endSessions([ending('p1')]);
      const idsOf = async (query: Partial<Parameters<Store['listSessions']>[0]>) => {
        const { items, total } = await store.listSessions({ ...ALL, state: 'all', ...query });
        return [total, ...items.map(({ session }) => session.id)];
      };
      expect(await idsOf({})).toEqual([3, 'k1', 'p2', 'p1']);
      expect(await idsOf({ state: 'live' })).toEqual([2, 'k1', 'p2']);
      expect(await idsOf({ state: 'ended' })).toEqual([1, 'p1']);
      expect(await idsOf({ kind: 'kubernetes' })).toEqual([1, 'k1']);
      expect(await idsOf({ userId: 'u-b_b' })).toEqual([1, 'p2']);
      expect(await idsOf({ search: 'C1' })).toEqual([1, 'k1']);
      // What means something to LIKE means itself here.
      expect(await idsOf({ search: 'b_b' })).toEqual([1, 'p2']);
      expect(await idsOf({ search: 'a_a' })).toEqual([0]);
      expect(await idsOf({ search: '%' })).toEqual([0]);
      expect(await idsOf({ search: '\\' })).toEqual([0]);
      expect(await idsOf({ search: 'B_B' })).toEqual([1, 'p2']);
      expect(await idsOf({ offset: 1, limit: 1 })).toEqual([3, 'p2']);
      expect(await idsOf({ offset: 3 })).toEqual([3]);
    });

    it('are listed in one order, page after page, also where they started together', async () => {
      for (const id of ['p3', 'p1', 'p4', 'p2']) await start(portal(id));
      const pages = await Promise.all(
        [0, 2].map((offset) => store.listSessions({ ...ALL, state: 'all', offset, limit: 2 })),
      );
      expect(pages.map(({ items }) => items.map(({ session }) => session.id))).toEqual([
        ['p1', 'p2'],
        ['p3', 'p4'],
      ]);
    });

    it('are counted for each user: live ones with the portal', async () => {
      for (const name of ['grace', 'eve']) await store.insertUser(userOf(name), 'hash', record('user.created'));
      for (const id of ['p1', 'p2', 'p3']) await start(portal(id));
      await start(kubernetes('k1', 'p1'));
      await start(portal('p4', { userId: 'u-grace' }));
      await store.endSessions([ending('p2')]);
      const counts = await store.countLivePortals(['u-ada', 'u-eve', 'u-nobody']);
      expect([counts.get('u-ada'), counts.get('u-eve') ?? 0, counts.has('u-grace')]).toEqual([2, 0, false]);
      expect((await store.countLivePortals([])).size).toBe(0);
    });

    it('are walked through live, in the order of their ids', async () => {
      for (let index = 0; index < 5; index++) await start(portal(`p${index}`));
      await store.endSessions([ending('p2')]);
      const page = await store.listLive({ afterId: 'p0', limit: 2 });
      expect(page.map(({ session }) => session.id)).toEqual(['p1', 'p3']);
      expect(await store.listLive({ kind: 'kubernetes', afterId: '', limit: 9 })).toEqual([]);
    });

    it('are walked through by kind and by user', async () => {
      await store.insertUser(userOf('grace'), 'hash', record('user.created'));
      await start(portal('p1'));
      await start(portal('p2', { userId: 'u-grace' }));
      await start(kubernetes('k1', 'p1'));
      await start(kubernetes('k2', 'p2', { userId: 'u-grace' }));
      const idsOf = async (query: Partial<Parameters<Store['listLive']>[0]>) => {
        const page = await store.listLive({ afterId: '', limit: 9, ...query });
        return page.map(({ session, parent, user }) => [session.id, parent?.id ?? null, user.username]);
      };
      expect(await idsOf({ userId: 'u-grace' })).toEqual([
        ['k2', 'p2', 'grace'],
        ['p2', null, 'grace'],
      ]);
      expect(await idsOf({ userId: 'u-grace', kind: 'portal' })).toEqual([['p2', null, 'grace']]);
      expect(await idsOf({ kind: 'kubernetes' })).toEqual([
        ['k1', 'p1', 'ada'],
        ['k2', 'p2', 'grace'],
      ]);
    });

    it('tell the newest instant of anything', async () => {
      expect(await store.newestInstant()).toBe(1);
      await start(portal('p1'));
      expect(await store.newestInstant()).toBe(10);
      await store.recordActivity([{ id: 'p1', at: 33 }]);
      expect(await store.newestInstant()).toBe(33);
      await store.endSessions([ending('p1')]);
      expect(await store.newestInstant()).toBe(50);
    });
  });
}
