import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import type { LimitedScope } from './scope-limits.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const DURATION = 'MaximumK8sSessionDuration';
const INACTIVITY = 'K8sSessionInactivityTimeout';
const LABEL = 'Maximum K8s Session Duration';
const LOCAL: LimitedScope = { scope: { kind: 'cluster', id: 'local' }, within: [] };
const TEAM_A: LimitedScope = { scope: { kind: 'tenant', id: '0b1f', name: 'team-a' }, within: [LOCAL.scope] };
const NONE = { live: 0, ending: 0 };

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

const set = (at: LimitedScope, value: string, key = DURATION) => test.scopeLimits.set(at, key, value, 'ada', null);
const remove = (at: LimitedScope, key = DURATION) => test.scopeLimits.remove(at, key, 'ada', null);
/** A session of its own sign-in at a place: sign-ins of one instant share their time there. */
async function open(clusterId: string, tenantId: string | null = null) {
  await test.clock.advance(1);
  const { session } = await test.sessions.startPortal(ADA, 'cookie', null);
  return test.sessions.openKubernetes(session, clusterId, tenantId);
}
const minutesOf = async (at: LimitedScope) =>
  (await test.scopeLimits.list(at)).map(({ set: own, holds }) => [own?.minutes ?? null, holds?.minutes ?? null]);

describe('a limit of a cluster or a tenant', () => {
  it('ends what lives there at once, in that scope alone, and says which one decided', async () => {
    const sessions = [await open('local'), await open('local', '0b1f'), await open('local', 'other'), await open('c2')];
    await test.clock.advance(10 * MINUTE_MS);
    await set(TEAM_A, '10');
    expect(sessions.map(({ ended }) => ended?.limit?.scope)).toEqual([undefined, TEAM_A.scope, undefined, undefined]);
    await set(LOCAL, '10');
    expect(sessions.map(({ ended }) => ended?.limit?.scope)).toEqual([
      LOCAL.scope,
      TEAM_A.scope,
      LOCAL.scope,
      undefined,
    ]);
    await test.sessions.stop();
    const { items } = await test.store.listAudit({ search: 'session.ended', offset: 0, limit: 10 });
    expect(items.map(({ sentence }) => sentence.replace(/^.*: /, '')).toSorted()).toEqual([
      'max-duration, Maximum K8s Session Duration is 10 minutes, the limit of the cluster local.',
      'max-duration, Maximum K8s Session Duration is 10 minutes, the limit of the cluster local.',
      'max-duration, Maximum K8s Session Duration is 10 minutes, the limit of the tenant team-a.',
    ]);
  });

  it('leaves portal sessions alone', async () => {
    const session = await open('local');
    await test.clock.advance(2 * MINUTE_MS);
    await set(LOCAL, '1');
    await set(LOCAL, '1', INACTIVITY);
    expect(session.ended).not.toBeNull();
    expect(session.parent?.ended).toBeNull();
    expect(session.parent?.limits.duration?.minutes).toBe(480);
  });

  it('is kept for who lives when it is loosened or removed, also after a restart', async () => {
    await set(LOCAL, '20');
    const { session } = await test.sessions.startPortal(ADA, 'cookie', null);
    const before = await test.sessions.openKubernetes(session, 'local', '0b1f');
    const token = await test.sessions.issueToken(before, 'kubernetes', null);
    await test.clock.advance(1);
    await set(LOCAL, '40');
    await test.clock.advance(1);
    const between = await open('local');
    await test.clock.advance(1);
    await remove(LOCAL);
    await test.clock.advance(1);
    const after = await open('local');
    expect([before, between, after].map(({ limits }) => limits.duration?.minutes)).toEqual([20, 40, 60]);
    test = await test.restart();
    const again = await test.sessions.authenticate(token);
    expect(again.live && again.session.limits.duration).toEqual({ key: DURATION, scope: LOCAL.scope, minutes: 20 });
    expect((await open('local')).limits.duration).toMatchObject({ minutes: 60, scope: { kind: 'system' } });
  });

  it('acts on another replica as it acts here', async () => {
    const { session, token } = await test.sessions.startPortal(ADA, 'cookie', null);
    const here = await test.sessions.openKubernetes(session, 'local');
    const other = await test.restart();
    const found = await other.sessions.authenticate(token);
    if (!found.live) throw new Error('the portal session lives');
    const there = await other.sessions.openKubernetes(found.session, 'local');
    const elsewhere = await other.sessions.openKubernetes(found.session, 'c2');
    await test.clock.advance(5 * MINUTE_MS);
    await set(LOCAL, '5');
    await other.sessions.load();
    expect([here, there, elsewhere].map(({ ended }) => ended?.reason)).toEqual([
      'max-duration',
      'max-duration',
      undefined,
    ]);
  });

  it('is found by a sweep where nobody holds the session', async () => {
    await open('local', '0b1f');
    await open('c2');
    await set(TEAM_A, '5');
    test.sessions.pool.stop();
    test = await test.restart();
    await test.clock.jump(6 * MINUTE_MS);
    expect(await test.sessions.sweep(1e15)).toBe(1);
    expect(test.ends).toEqual(['kubernetes max-duration']);
  });

  it('tightens on a narrower place, and is not loosened by it', async () => {
    await set(LOCAL, '30');
    await set(TEAM_A, '50');
    expect((await open('local', '0b1f')).limits.duration).toMatchObject({ minutes: 30, scope: LOCAL.scope });
    expect(await minutesOf(TEAM_A)).toEqual([
      [50, 30],
      [null, 30],
    ]);
    await set(TEAM_A, '20');
    expect(await minutesOf(TEAM_A)).toEqual([
      [20, 20],
      [null, 30],
    ]);
    expect((await open('local', '0b1f')).limits.duration).toMatchObject({ minutes: 20, scope: TEAM_A.scope });
    expect((await open('local')).limits.duration).toMatchObject({ minutes: 30, scope: LOCAL.scope });
  });
});

describe('set and remove', () => {
  it('refuse a value that is not allowed, as System Config does, and the old value stays', async () => {
    await set(LOCAL, '30');
    for (const value of ['0', '-5', '1.5', 'abc', '10m', '99999999', '', ' 5'])
      await expect(set(LOCAL, value)).rejects.toMatchObject({ code: 'invalid-request', field: 'value' });
    expect((await minutesOf(LOCAL))[0]).toEqual([30, 30]);
  });

  it.each(['AuthorizationTokenSessionDuration', 'SessionExpiryWarning', 'free', 'maximumk8ssessionduration'])(
    'refuse the key %s, and name those that there are',
    async (key) => {
      const refusal = { code: 'invalid-request', field: 'key', message: expect.stringContaining(DURATION) };
      await expect(set(LOCAL, '30', key)).rejects.toMatchObject(refusal);
      await expect(remove(LOCAL, key)).rejects.toMatchObject(refusal);
      await expect(test.scopeLimits.preview(LOCAL, key, '30', '')).rejects.toMatchObject(refusal);
    },
  );

  it('take the label for the key, and an inactivity timeout of 0', async () => {
    await set(LOCAL, '30', LABEL);
    await set(LOCAL, '0', INACTIVITY);
    expect(await minutesOf(LOCAL)).toEqual([
      [30, 30],
      [0, 30],
    ]);
    await remove(LOCAL);
    expect(await test.scopeLimits.findLimited(LOCAL.scope)).toEqual(LOCAL);
    await remove(LOCAL, INACTIVITY);
    expect(await test.scopeLimits.findLimited(LOCAL.scope)).toBeNull();
  });

  it('are recorded in words that name the scope', async () => {
    await test.scopeLimits.set(TEAM_A, DURATION, '10', 'ada', '192.0.2.1');
    await remove(TEAM_A);
    await expect(remove(TEAM_A)).rejects.toMatchObject({
      code: 'not-found',
      message: `${LABEL} is not set for the tenant team-a.`,
    });
    const { items } = await test.store.listAudit({ search: 'limit.', offset: 0, limit: 10 });
    expect(items.toReversed()).toMatchObject([
      {
        event: 'limit.set',
        actor: 'ada',
        subject: 'team-a',
        address: '192.0.2.1',
        sentence: `${LABEL} of the tenant team-a was set to 10 minutes.`,
      },
      { event: 'limit.removed', sentence: `${LABEL} of the tenant team-a was removed.` },
    ]);
  });

  it('change nothing in memory that the store did not take', async () => {
    const session = await open('local');
    test.store.writeScopeLimit = () => Promise.reject(new Error('the disk is full'));
    await expect(set(LOCAL, '1')).rejects.toThrow('the disk is full');
    expect(session.limits.duration?.minutes).toBe(60);
  });
});

describe('preview', () => {
  it('foretells exactly what then ends, whatever the sessions, and leaves other places alone', async () => {
    const places = [
      ['local', null],
      ['local', '0b1f'],
      ['c2', null],
    ] as const;
    const anySessions = fc.array(fc.record({ wait: fc.nat(20), place: fc.constantFrom(...places) }), {
      minLength: 1,
      maxLength: 6,
    });
    const anyValue = fc.oneof(fc.integer({ min: 1, max: 60 }).map(String), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(
        anySessions,
        fc.constantFrom(LOCAL, TEAM_A),
        fc.constantFrom(DURATION, INACTIVITY),
        anyValue,
        async (plan, target, key, value) => {
          test = await createTestSessions();
          if (value === null) await set(target, '900', key);
          let own = '';
          for (const { wait, place } of plan) {
            own = (await open(place[0], place[1])).parent?.id ?? '';
            await test.clock.advance(wait * MINUTE_MS);
          }
          const livingIn = () =>
            [...test.sessions.pool.all()].filter(
              ({ ended, clusterId, tenantId }) =>
                ended === null && (target === LOCAL ? clusterId === target.scope.id : tenantId === target.scope.id),
            );
          const [all, live] = [test.sessions.pool.countSessions(), livingIn()];
          const foretold = await test.scopeLimits.preview(target, key, value, own);
          if (value === null) await remove(target, key);
          else await set(target, value, key);
          const ending = live.length - livingIn().length;
          expect(foretold.portal).toEqual(NONE);
          expect(foretold.kubernetes).toEqual({ live: live.length, ending });
          expect(foretold.endsOwn).toBe(live.some(({ parent, ended }) => ended !== null && parent?.id === own));
          const left = test.sessions.pool.countSessions();
          expect([left.portal, left.kubernetes]).toEqual([all.portal, all.kubernetes - ending]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('note', () => {
  it('says that a stricter limit holds anyway, and whose that is', async () => {
    await set(LOCAL, '30');
    const note = (at: LimitedScope, value: string | null, key = DURATION) => test.scopeLimits.note(at, key, value);
    expect(note(LOCAL, '60')).toBe(
      'This has no effect: the limit of the system is 60 minutes, and the strictest one holds.',
    );
    expect(note(LOCAL, '59')).toBeNull();
    expect(note(LOCAL, null)).toBeNull();
    expect(note(TEAM_A, '45')).toBe(
      'This has no effect: the limit of the cluster local is 30 minutes, and the strictest one holds.',
    );
    expect(note(TEAM_A, '0', INACTIVITY)).toContain('the limit of the system is 30 minutes');
    await test.set(INACTIVITY, '0');
    expect(note(TEAM_A, '0', INACTIVITY)).toBeNull();
    expect(note(TEAM_A, '30', INACTIVITY)).toBe(
      'The inactivity timeout of 30 minutes never acts: the session ends after 30 minutes anyway.',
    );
    expect(note(TEAM_A, '29', INACTIVITY)).toBeNull();
  });
});
