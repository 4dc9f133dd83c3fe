import { beforeEach, describe, expect, it } from 'vitest';
import { ADA, createTestSessions } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import type { RefusedAttempt } from './refusal-recorder.ts';
import { MOST_LIVE_SESSIONS, signIn } from './sign-in.ts';
import type { SignInAttempt } from './sign-in.ts';
import { SignInThrottle } from './throttle.ts';

const RECORD = { at: 0, event: 'session.started', actor: 'ada', subject: null, address: null, sentence: '' } as const;

let test: TestSessions;
let refused: RefusedAttempt[];

beforeEach(async () => {
  test = await createTestSessions();
  refused = [];
});

function enter(changes: Partial<SignInAttempt> = {}, password = 'right') {
  const { store, sessions, clock } = test;
  const ports = {
    ...{ users: store, sessions, clock, record: store.appendAudit },
    passwords: { verify: async (given: string) => given === 'right', hash: async () => 'hash' },
    throttle: new SignInThrottle({ clock, store, nameOf: (key) => key }),
    refusals: { note: (attempt: RefusedAttempt) => void refused.push(attempt) },
  };
  const attempt = { username: 'ada', password, purpose: 'cookie', address: '10.0.0.1', device: null } as const;
  return signIn(ports, { ...attempt, current: null, takeAlong: async () => undefined, ...changes });
}

describe('somebody with as many live sessions as are allowed', () => {
  let first: Awaited<ReturnType<typeof enter>>;
  const row = { kind: 'portal', userId: ADA.id, parentId: null, clusterId: null, tenantId: null, end: null } as const;

  beforeEach(async () => {
    first = await enter();
    await test.clock.advance(1);
    const now = test.clock.now();
    for (let count = 1; count < MOST_LIVE_SESSIONS; count++)
      await test.store.insertSession({ ...row, id: `ps-${count}`, startedAt: now, lastActivityAt: now }, null, RECORD);
  });

  const bearer = { purpose: 'bearer' } as const;
  const live = async () => (await test.store.countLivePortals([ADA.id])).get(ADA.id);

  it('starts no further one by a program, is told how many that are, and it is in the record', async () => {
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expect(enter(bearer)).rejects.toThrow('1,000 live sessions');
    expect(refused).toMatchObject([{ actor: 'ada' }, { actor: 'ada' }]);
    expect([await live(), first.session.end()]).toEqual([MOST_LIVE_SESSIONS, null]);
  });

  it('is let in with a browser all the same: the session that began first makes room', async () => {
    const { session } = await enter();
    expect([session.end(), first.session.end()?.reason, await live()]).toEqual([null, 'revoked', MOST_LIVE_SESSIONS]);
  });

  it('may sign in again where that replaces one, and once one has ended', async () => {
    const { session } = await enter({ ...bearer, current: first.session });
    await test.sessions.end(session.id, 'signed-out');
    expect((await enter(bearer)).session.end()).toBeNull();
  });

  it('with more than that signs in again, too, and nothing but the session before it ends', async () => {
    const now = test.clock.now();
    await test.store.insertSession({ ...row, id: 'ps-more', startedAt: now, lastActivityAt: now }, null, RECORD);
    await enter({ ...bearer, current: first.session });
    expect([await live(), first.session.end()?.reason]).toEqual([MOST_LIVE_SESSIONS + 1, 'replaced']);
  });

  it('is told so only with the right password, and nobody else is', async () => {
    await expect(enter(bearer, 'wrong')).rejects.toMatchObject({ code: 'invalid-credentials' });
    await test.store.insertUser({ ...ADA, id: 'u-eve', username: 'eve' }, 'hash', RECORD);
    await enter({ ...bearer, username: 'eve' });
  });
});

it('a sign-in that finds the user changed by another replica loses the sessions before it, and not itself', async () => {
  const before = await enter();
  await test.store.insertUser({ ...ADA, id: 'u-eve', username: 'eve' }, 'hash', RECORD);
  await test.store.updateUser(ADA.id, { readOnly: true }, RECORD);
  await enter();
  expect(test.sessions.pool.takeLost()).toEqual([[before.session, 'revoked']]);
});
