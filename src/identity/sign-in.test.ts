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
  const row = { kind: 'portal', userId: ADA.id, parentId: null, clusterId: null, end: null } as const;

  beforeEach(async () => {
    first = await enter();
    const now = test.clock.now();
    for (let count = 1; count < MOST_LIVE_SESSIONS; count++)
      await test.store.insertSession({ ...row, id: `ps-${count}`, startedAt: now, lastActivityAt: now }, null, RECORD);
  });

  it('starts no further one, is told how many that are, and it is in the record', async () => {
    await expect(enter()).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expect(enter()).rejects.toThrow('1,000 live sessions');
    expect(refused).toMatchObject([{ actor: 'ada' }, { actor: 'ada' }]);
    expect((await test.store.countLivePortals([ADA.id])).get(ADA.id)).toBe(MOST_LIVE_SESSIONS);
  });

  it('may sign in again where that replaces one, and once one has ended', async () => {
    const { session } = await enter({ current: first.session });
    await test.sessions.end(session.id, 'signed-out');
    expect((await enter()).session.end()).toBeNull();
  });

  it('is told so only with the right password, and nobody else is', async () => {
    await expect(enter({}, 'wrong')).rejects.toMatchObject({ code: 'invalid-credentials' });
    await test.store.insertUser({ ...ADA, id: 'u-eve', username: 'eve' }, 'hash', RECORD);
    await enter({ username: 'eve' });
  });
});

it('a sign-in that finds the user changed by another replica loses the sessions before it, and not itself', async () => {
  const before = await enter();
  await test.store.insertUser({ ...ADA, id: 'u-eve', username: 'eve' }, 'hash', RECORD);
  await test.store.updateUser(ADA.id, { readOnly: true }, RECORD);
  await enter();
  expect(test.sessions.pool.takeLost()).toEqual([[before.session, 'revoked']]);
});
