import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions, createTestStream } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';
import { hashToken } from './token.ts';

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

const start = () => test.sessions.startPortal(ADA, 'cookie', null);

describe('activity', () => {
  it('is stored at once after a pause, within a second otherwise, and later where the store fails for a while', async () => {
    const { session, token } = await start();
    const { recordActivity } = test.store;
    let working = false;
    test.store.recordActivity = (rows) =>
      working ? recordActivity(rows) : Promise.reject(new Error('the disk is full'));
    await test.clock.advance(5 * MINUTE_MS);
    session.touch();
    const activeAt = test.clock.now();
    await test.clock.advance(3000);
    expect(test.failures).toHaveLength(4);
    working = true;
    await test.clock.advance(1000);
    expect((await test.store.findSession(session.id))?.session.lastActivityAt).toBe(activeAt);
    const again = await (await test.restart()).sessions.authenticate(token);
    expect(again.live && again.session.lastActivityAt).toBe(activeAt);
  });

  it('is stored before the process stops, and leaves no timer behind where that fails', async () => {
    const { session } = await start();
    await test.clock.advance(MINUTE_MS);
    session.touch();
    const { recordActivity } = test.store;
    test.store.recordActivity = () => Promise.reject(new Error('the disk is full'));
    await expect(test.sessions.stop()).rejects.toThrow('the disk is full');
    expect(test.clock.waiting).toBe(0);
    test.store.recordActivity = recordActivity;
    await test.sessions.stop();
    expect((await test.store.findSession(session.id))?.session.lastActivityAt).toBe(test.clock.now());
  });
});

describe('ends', () => {
  it('are carried out although the store fails, and recorded once it works again', async () => {
    const { session, token } = await start();
    const stream = createTestStream(test.clock);
    session.openStream(stream);
    const { endSessions } = test.store;
    let working = false;
    test.store.endSessions = (ends) => (working ? endSessions(ends) : Promise.reject(new Error('the disk is full')));
    await expect(test.sessions.end(session.id, 'revoked')).rejects.toThrow('could not be recorded yet');
    expect(stream.cuts).toHaveLength(1);
    expect(await test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'revoked' } });
    working = true;
    await test.clock.advance(1000);
    expect((await test.store.findSession(session.id))?.session.end?.reason).toBe('revoked');
    expect(test.ends).toEqual(['portal revoked']);
  });

  it('count once, though the sweep meets them before they are recorded', async () => {
    const { session } = await start();
    const { endSessions } = test.store;
    test.store.endSessions = () => Promise.reject(new Error('the disk is full'));
    await expect(test.sessions.end(session.id, 'revoked')).rejects.toThrow('could not be recorded yet');
    test.store.endSessions = endSessions;
    expect(await test.sessions.sweep(1e12)).toBe(0);
    await test.clock.advance(2000);
    expect(test.ends).toEqual(['portal revoked']);
  });

  it('that come while others are being recorded are recorded after them', async () => {
    const { session: first } = await start();
    await test.clock.advance(1);
    const { session: second } = await start();
    const { endSessions } = test.store;
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    test.store.endSessions = async (ends) => {
      await slow;
      return endSessions(ends);
    };
    await test.clock.advance(first.deadline().at - test.clock.now());
    expect([first, second].map(({ ended }) => ended !== null)).toEqual([true, false]);
    await test.clock.advance(1);
    expect(second.ended).not.toBeNull();
    expect(test.ends).toEqual([]);
    release();
    await test.clock.advance(0);
    expect(test.ends).toEqual(['portal inactivity', 'portal inactivity']);
    expect((await test.store.findSession(second.id))?.session.end?.at).toBe(second.ended?.at);
  });

  it('are recorded by whom they were', async () => {
    const { session } = await start();
    await test.sessions.end(session.id, 'revoked', 'grace');
    const { items } = await test.store.listAudit({ search: 'session.ended', offset: 0, limit: 10 });
    expect(items).toMatchObject([{ actor: 'grace', subject: session.id }]);
    expect(items[0]?.sentence).toContain('(by grace)');
    expect(await test.sessions.end(session.id, 'revoked', 'grace')).toBe(false);
    await test.sessions.end((await start()).session.id, 'signed-out', 'ada');
    const [own] = (await test.store.listAudit({ search: 'session.ended', offset: 0, limit: 1 })).items;
    expect(own).toMatchObject({ actor: 'ada', sentence: 'Portal session of ada ended: signed-out, you signed out.' });
  });

  it('are not undone by a row that was read just before', async () => {
    const { session, token } = await start();
    const later = await test.restart();
    const { findToken } = later.store;
    let release = (): void => undefined;
    const reading = new Promise<void>((resolve) => (release = resolve));
    const stale = await findToken(hashToken(token));
    later.store.findToken = async () => {
      await reading;
      return stale;
    };
    const authenticating = later.sessions.authenticate(token);
    await later.sessions.end(session.id, 'revoked');
    release();
    expect(await authenticating).toMatchObject({ live: false });
    expect(later.sessions.pool.find(session.id)).toBeUndefined();
  });

  it('hit all sessions of a user but one', async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    expect(await test.sessions.endAllOf(ADA.id, 'revoked', 'ada', { exceptId: two.session.id })).toBe(2);
    expect([one, two, three].map(({ session }) => session.end()?.reason ?? null)).toEqual(['revoked', null, 'revoked']);
  });

  it('hit also a session of a user that starts while the others end', async () => {
    const { store, sessions } = test;
    await start();
    const { endSessions } = store;
    let late: LiveSession | null = null;
    store.endSessions = async (ends) => {
      late ??= (await start()).session;
      return endSessions(ends);
    };
    expect(await sessions.endAllOf(ADA.id, 'revoked', 'ada')).toBe(2);
    expect(await sessions.find((late as LiveSession | null)?.id ?? '')).toBeNull();
  });

  it('hit all sessions of a user, however many there are', async () => {
    for (let count = 0; count < 2500; count++) await start();
    expect(await test.sessions.endAllOf(ADA.id, 'user-disabled', 'ada')).toBe(2500);
    expect(test.sessions.pool.countSessions().portal).toBe(0);
  });

  it('of sessions that nobody holds are found by the sweep, at the instant of their deadline', async () => {
    const { session } = await start();
    const child = await test.sessions.openKubernetes(session, 'c1');
    const deadline = child.deadline().at;
    test.sessions.pool.stop();
    const later = await test.restart();
    await test.clock.jump(24 * 60 * MINUTE_MS);
    expect(await later.sessions.sweep(1e12)).toBe(2);
    expect((await test.store.findSession(child.id))?.session.end).toMatchObject({ at: deadline, reason: 'inactivity' });
    expect(await later.sessions.sweep(1e12)).toBe(0);
  });

  it('tell by how much a stream was cut late, and not early', async () => {
    const cutAfter = async (ms: number) => {
      const { session } = await start();
      session.openStream(createTestStream(test.clock));
      await test.clock.jump(session.deadline().at - test.clock.now() + ms);
    };
    await cutAfter(0);
    await cutAfter(700);
    expect(test.lateness).toEqual([0, 700]);
  });

  it('leave no timer behind', async () => {
    const { session } = await start();
    await test.sessions.end(session.id, 'signed-out');
    await test.sessions.stop();
    expect(test.clock.waiting).toBe(0);
  });

  it('are carried out by whoever notices first, timer or request', async () => {
    const { session, token } = await start();
    const stream = createTestStream(test.clock);
    session.openStream(stream);
    let cutsAtRequest = Number.NaN;
    // A timer that was due before the deadline runs first after a sleep; a request comes in just then.
    test.clock.setTimer(session.deadline().at - 1, () => {
      expect(test.sessions.authenticate(token)).toMatchObject({ live: false, end: { reason: 'inactivity' } });
      cutsAtRequest = stream.cuts.length;
    });
    await test.clock.jump(2 * 60 * MINUTE_MS);
    expect(cutsAtRequest).toBe(1);
    expect(stream.cuts).toHaveLength(1);
    expect(test.ends).toEqual(['portal inactivity']);
  });

  it('issue no token that was being stored meanwhile', async () => {
    const { session } = await start();
    const { insertToken } = test.store;
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    test.store.insertToken = async (...row) => {
      const inserted = await insertToken(...row);
      await slow;
      return inserted;
    };
    const issuing = test.sessions.issueToken(session, 'api', null, 'a token');
    await test.sessions.end(session.id, 'revoked');
    release();
    await expect(issuing).rejects.toMatchObject({ code: 'session-ended', end: { reason: 'revoked' } });
    expect(await test.sessions.authenticate('a token')).toMatchObject({ live: false });
  });

  it('let no Kubernetes session live that was being stored meanwhile', async () => {
    const { session } = await start();
    const { insertSession } = test.store;
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    test.store.insertSession = async (...row) => {
      const standing = await insertSession(...row);
      await slow;
      return standing;
    };
    const opening = Promise.resolve(test.sessions.openKubernetes(session, 'c1')).catch((error: unknown) => error);
    await test.sessions.end(session.id, 'signed-out');
    release();
    expect(await opening).toMatchObject({ code: 'session-ended', end: { reason: 'signed-out' } });
    expect(test.sessions.pool.countSessions()).toEqual({ portal: 0, 'api-token': 0, kubernetes: 0 });
    expect(await test.sessions.sweep(1e12)).toBe(1);
    const { items } = await test.store.listSessions({
      state: 'ended',
      kind: 'kubernetes',
      search: '',
      offset: 0,
      limit: 9,
    });
    expect(items).toMatchObject([{ session: { end: { reason: 'parent-ended', at: test.clock.now() } } }]);
  });

  it('issue no token where the store knows of an end that nobody here does', async () => {
    const { session } = await start();
    const end = { at: test.clock.now(), reason: 'revoked', limit: null } as const;
    const record = {
      at: end.at,
      event: 'session.ended',
      actor: null,
      subject: null,
      address: null,
      sentence: '',
    } as const;
    await test.store.endSessions([{ id: session.id, end, lastActivityAt: 0, record }]);
    await expect(test.sessions.issueToken(session, 'api', null, 'a token')).rejects.toMatchObject({
      code: 'authentication-required',
    });
    expect(await test.sessions.authenticate('a token')).toMatchObject({ live: false });
  });

  it('issue no token any more', async () => {
    const { session } = await start();
    expect(await test.sessions.issueToken(session, 'api', null)).toHaveLength(43);
    await test.sessions.end(session.id, 'signed-out');
    await expect(test.sessions.issueToken(session, 'api', null)).rejects.toMatchObject({ code: 'session-ended' });
  });
});
