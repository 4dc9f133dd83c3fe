import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const ALL = { state: 'all', search: '', offset: 0, limit: 100 } as const;
const DAY_MS = 24 * 60 * MINUTE_MS;

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

const start = () => test.sessions.startPortal(ADA, 'cookie', null);
const endOf = async (id: string) => (await test.store.findSession(id))?.session.end ?? null;

/** The process is gone at once, and another one begins on the same store. */
async function killAndRestart(): Promise<TestSessions> {
  test.sessions.pool.stop();
  return test.restart();
}

describe('a session that nobody holds', () => {
  it('is left alone by the sweep while it lives', async () => {
    const { session, token } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    const later = await killAndRestart();
    await test.clock.advance(MINUTE_MS);
    expect(await later.sessions.sweep(DAY_MS)).toBe(0);
    expect([await endOf(session.id), await endOf(child.id)]).toEqual([null, null]);
    expect(await later.sessions.authenticate(token)).toMatchObject({ live: true });
    expect(later.ends).toEqual([]);
  });

  it('is over for the sweep in the millisecond of its deadline, and not before', async () => {
    const { session } = await start();
    const deadline = session.deadline().at;
    const later = await killAndRestart();
    await test.clock.jump(deadline - 1 - test.clock.now());
    expect(await later.sessions.sweep(DAY_MS)).toBe(0);
    await test.clock.jump(1);
    expect(await later.sessions.sweep(DAY_MS)).toBe(1);
    expect(await endOf(session.id)).toMatchObject({ at: deadline });
  });

  it('ends with all others of its user, and no other user loses one', async () => {
    const grace = { ...ADA, id: 'u-grace', username: 'grace' };
    const record = { at: 1, event: 'user.created', actor: null, subject: null, address: null, sentence: '' } as const;
    await test.store.insertUser(grace, 'hash', record);
    const { session: hers } = await start();
    const { session: other } = await test.sessions.startPortal(grace, 'cookie', null);
    const later = await killAndRestart();
    const { session: held } = await later.sessions.startPortal(grace, 'cookie', null);
    expect(await later.sessions.endAllOf(ADA.id, 'user-disabled', 'grace')).toBe(1);
    const ends = await Promise.all([hers, other, held].map(({ id }) => endOf(id)));
    expect(ends.map((end) => end?.reason ?? null)).toEqual(['user-disabled', null, null]);
  });

  it('is counted among the ends once the sweep has found it', async () => {
    const { session } = await start();
    await test.sessions.openKubernetes(session, 'c1');
    const later = await killAndRestart();
    await test.clock.jump(DAY_MS);
    expect(await later.sessions.sweep(10 * DAY_MS)).toBe(2);
    expect(later.ends.toSorted()).toEqual(['kubernetes inactivity', 'portal inactivity']);
  });

  it('is found over by whoever comes with its token, and that is recorded once', async () => {
    const { session, token } = await start();
    const deadline = session.deadline();
    const later = await killAndRestart();
    await test.clock.jump(DAY_MS);
    const found = { live: false, end: { at: deadline.at, reason: 'inactivity' } };
    expect(await later.sessions.authenticate(token)).toMatchObject(found);
    expect(await later.sessions.authenticate(token)).toMatchObject(found);
    await later.sessions.stop();
    expect(await endOf(session.id)).toEqual({ at: deadline.at, reason: 'inactivity', limit: deadline.limit });
    expect(later.ends).toEqual(['portal inactivity']);
  });
});

describe('the sweep', () => {
  it('forgets what ended long enough ago, and nothing younger', async () => {
    const { session: old } = await start();
    await test.sessions.end(old.id, 'signed-out');
    await test.clock.advance(DAY_MS);
    const { session: young } = await start();
    await test.sessions.end(young.id, 'signed-out');
    await test.sessions.sweep(DAY_MS);
    expect(await endOf(old.id)).not.toBeNull();
    await test.clock.advance(1);
    await test.sessions.sweep(DAY_MS);
    const { items } = await test.store.listSessions(ALL);
    expect(items.map(({ session }) => session.id)).toEqual([young.id]);
  });
});

describe('stop', () => {
  it('waits until the ends are recorded', async () => {
    const { session } = await start();
    const ending = test.sessions.end(session.id, 'revoked');
    await test.sessions.stop();
    expect(await endOf(session.id)).toMatchObject({ reason: 'revoked' });
    expect(await ending).toBe(true);
  });

  it('leaves no timer behind where an end cannot be recorded', async () => {
    const { session } = await start();
    test.store.endSessions = () => Promise.reject(new Error('the disk is full'));
    await expect(test.sessions.end(session.id, 'revoked')).rejects.toThrow('could not be recorded yet');
    await expect(test.sessions.stop()).rejects.toThrow();
    expect(test.clock.waiting).toBe(0);
  });
});

describe('a start', () => {
  it('is counted and recorded, once for a Kubernetes session that is joined again', async () => {
    const { session, token } = await start();
    await test.sessions.openKubernetes(session, 'c1');
    expect(test.starts).toEqual(['portal', 'kubernetes']);
    const later = await killAndRestart();
    const again = await later.sessions.authenticate(token);
    if (again.live) await later.sessions.openKubernetes(again.session, 'c1');
    expect(later.starts).toEqual([]);
    const { items } = await test.store.listAudit({ search: 'session.started', offset: 0, limit: 10 });
    expect(items.map(({ sentence }) => sentence)).toEqual([
      'Kubernetes session at c1 of ada started.',
      'Portal session of ada started.',
    ]);
  });

  it('of a Kubernetes session is refused for the end of its portal session, where that is not recorded yet', async () => {
    const { session } = await start();
    await test.sessions.openKubernetes(session, 'c1');
    test.store.endSessions = () => Promise.reject(new Error('the disk is full'));
    await expect(test.sessions.end(session.id, 'signed-out')).rejects.toThrow('could not be recorded yet');
    await expect(async () => test.sessions.openKubernetes(session, 'c1')).rejects.toMatchObject({
      code: 'session-ended',
      end: { reason: 'signed-out' },
    });
  });
});
