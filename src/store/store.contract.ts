import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import type { Session, SessionEnd } from '../core/session.ts';
import type { User } from '../core/user.ts';
import type { Store } from './store.ts';

const KEY = 'MaximumK8sSessionDuration';
const ALL = { search: '', offset: 0, limit: 100 };
const CLOSED: SessionEnd = { at: 50, reason: 'closed', limit: null };

const record = (event: AuditEvent, changes: Partial<AuditRecord> = {}): AuditRecord => {
  return { at: 1, event, actor: 'ada', subject: null, address: null, sentence: 'Something happened.', ...changes };
};
const userOf = (username: string, changes: Partial<User> = {}): User => {
  return { id: `u-${username}`, username, role: 'User', readOnly: false, disabledAt: null, createdAt: 1, ...changes };
};
const portal = (id: string, changes: Partial<Session> = {}): Session => ({
  id,
  kind: 'portal',
  userId: 'u-ada',
  parentId: null,
  clusterId: null,
  startedAt: 10,
  lastActivityAt: 10,
  end: null,
  ...changes,
});
const kubernetes = (id: string, parentId: string, changes: Partial<Session> = {}): Session =>
  portal(id, { kind: 'kubernetes', parentId, clusterId: 'c1', ...changes });
const ending = (id: string, end: SessionEnd = CLOSED) => ({
  id,
  end,
  record: record('session.ended', { subject: id }),
});

/** What every store must do; each store's own test calls it. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      await store.insertUser(userOf('ada', { role: 'Administrator' }), 'hash', record('user.created'));
    });
    afterEach(() => store.close());
    const start = (session: Session) =>
      store.insertSession(session, null, record('session.started', { subject: session.id }));

    describe('sessions', () => {
      it('are found by their token, with user and parent', async () => {
        await start(portal('p1'));
        const token = { hash: 'h1', sessionId: 'k1', purpose: 'kubernetes', clusterId: 'c1' } as const;
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

      it('end once, with the reason and limit of the first', async () => {
        await start(portal('p1'));
        const limit = { key: KEY, scope: { kind: 'system', id: '' }, minutes: 5 } as const;
        const first: SessionEnd = { at: 40, reason: 'max-duration', limit };
        const won = await Promise.all([store.endSessions([ending('p1', first)]), store.endSessions([ending('p1')])]);
        expect(won.flat()).toEqual(['p1']);
        expect((await store.findSession('p1'))?.session.end).toEqual(first);
        expect((await store.listAudit({ ...ALL, search: 'session.ended' })).total).toBe(1);
        expect(await store.endSessions([ending('nobody')])).toEqual([]);
      });

      it('take no token once ended', async () => {
        await start(portal('p1'));
        const token = { hash: 'h1', sessionId: 'p1', purpose: 'api', clusterId: null } as const;
        expect(await store.insertToken(token)).toBe(true);
        await store.endSessions([ending('p1')]);
        expect(await store.insertToken({ ...token, hash: 'h2' })).toBe(false);
        expect((await store.findToken('h1'))?.holder.session.end).toEqual(CLOSED);
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
        expect(await idsOf({ offset: 1, limit: 1 })).toEqual([3, 'p2']);
      });

      it('are walked through live, in the order of their ids', async () => {
        for (let index = 0; index < 5; index++) await start(portal(`p${index}`));
        await store.endSessions([ending('p2')]);
        const page = await store.listLive({ afterId: 'p0', limit: 2 });
        expect(page.map(({ session }) => session.id)).toEqual(['p1', 'p3']);
        expect(await store.listLive({ kind: 'kubernetes', afterId: '', limit: 9 })).toEqual([]);
      });

      it('are walked through by the thousand', async () => {
        for (let index = 0; index < 1200; index++) await start(portal(`p${String(index).padStart(5, '0')}`));
        expect(await store.listLive({ userId: 'u-ada', afterId: '', limit: 10_000 })).toHaveLength(1200);
      });

      it('are forgotten after a while, with their tokens and children', async () => {
        await start(portal('p1'));
        await store.insertToken({ hash: 'h1', sessionId: 'p1', purpose: 'api', clusterId: null });
        await start(kubernetes('k1', 'p1'));
        await start(portal('p2'));
        await store.endSessions([ending('k1'), ending('p1')]);
        expect(await store.deleteEndedBefore(50)).toBe(0);
        expect(await store.deleteEndedBefore(51)).toBeGreaterThan(0);
        expect(await store.findSession('p1')).toBeNull();
        expect(await store.findSession('k1')).toBeNull();
        expect(await store.findToken('h1')).toBeNull();
        expect(await store.findSession('p2')).not.toBeNull();
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

    describe('settings', () => {
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

    describe('users', () => {
      it('keep their name for good', async () => {
        await store.insertUser(userOf('grace'), 'hash', record('user.created'));
        expect(await store.updateUser('u-grace', null, record('user.deleted'))).toBe('deleted');
        expect(await store.findAccount('grace')).toBeNull();
        expect(await store.insertUser(userOf('grace', { id: 'u-2' }), 'hash', record('user.created'))).toBe(false);
        expect((await store.listAccounts(ALL)).items.map(({ user }) => user.username)).toEqual(['ada']);
      });

      it('change, and tell how they are then', async () => {
        await store.insertUser(userOf('grace'), 'hash', record('user.created'));
        const changed = await store.updateUser(
          'u-grace',
          { readOnly: true, disabledAt: 7, passwordHash: 'new' },
          record('user.changed'),
        );
        expect(changed).toMatchObject({ readOnly: true, disabledAt: 7, role: 'User' });
        await store.noteSignIn('u-grace', 9);
        expect(await store.findAccount('grace')).toMatchObject({ passwordHash: 'new', lastSignInAt: 9 });
      });

      it.each([[{ role: 'User' as const }], [{ readOnly: true }], [{ disabledAt: 5 }], [null]])(
        'keep the last administrator: %j is refused',
        async (change) => {
          expect(await store.updateUser('u-ada', change, record('user.changed'))).toBe('last-administrator');
          expect((await store.findAccount('ada'))?.user).toMatchObject({
            role: 'Administrator',
            readOnly: false,
            disabledAt: null,
          });
          expect((await store.listAudit({ ...ALL, search: 'user.changed' })).total).toBe(0);
          await store.insertUser(userOf('grace', { role: 'Administrator' }), 'hash', record('user.created'));
          expect(await store.updateUser('u-ada', change, record('user.changed'))).not.toBe('last-administrator');
        },
      );

      it('get their first administrator once', async () => {
        const fresh = await open();
        await fresh.storeSetupToken('old', 100);
        await fresh.storeSetupToken('token', 100);
        const create = (username: string, token = 'token', at = 99) =>
          fresh.createFirstAdministrator(
            token,
            userOf(username, { role: 'Administrator' }),
            'hash',
            record('user.created', { at }),
          );
        expect(await create('eve', 'old')).toBe('invalid-token');
        expect(await create('eve', 'token', 100)).toBe('invalid-token');
        const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => create(`admin${index}`)));
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'invalid-token')).toHaveLength(49);
        expect(await fresh.hasAdministrator()).toBe(true);
        await fresh.close();
      });

      it('leave the set-up token alive when the name was taken', async () => {
        const fresh = await open();
        await fresh.insertUser(userOf('ada'), 'hash', record('user.created'));
        await fresh.storeSetupToken('token', 100);
        const create = (username: string) =>
          fresh.createFirstAdministrator(
            'token',
            userOf(username, { id: `x-${username}`, role: 'Administrator' }),
            'hash',
            record('user.created'),
          );
        expect(await create('ada')).toBe('username-taken');
        expect(await create('grace')).toBe('created');
        await fresh.close();
      });

      it('are known by their devices', async () => {
        await store.storeDevice('d1', 'u-ada', 5);
        expect(await store.isKnownDevice('d1', 'u-ada')).toBe(true);
        expect(await store.isKnownDevice('d1', 'u-grace')).toBe(false);
      });

      it('are granted clusters once, and lose them once', async () => {
        const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;
        expect(await store.addGrant(grant, record('grant.added'))).toBe(true);
        expect(await store.addGrant(grant, record('grant.added'))).toBe(false);
        expect(await store.listGrants('c1')).toEqual([grant]);
        expect(await store.listGrants('c2')).toEqual([]);
        expect(await store.removeGrant(grant, record('grant.removed'))).toBe(true);
        expect(await store.removeGrant(grant, record('grant.removed'))).toBe(false);
      });
    });

    describe('the record and secrets', () => {
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
  });
}
