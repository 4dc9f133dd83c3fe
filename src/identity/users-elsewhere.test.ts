import { beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../core/access.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { createTestSessions, createTestStream } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import { hashToken } from '../sessions/token.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import { PasswordHasher } from './password.ts';
import { Tenants } from './tenants.ts';
import { UsersElsewhere } from './users-elsewhere.ts';
import { Users } from './users.ts';

const BY = { username: 'ada', address: null, session: null };
const GRANT: Grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } };
const RECORD = { at: 0, event: 'user.changed', actor: 'ada', subject: null, address: null, sentence: '' } as const;

/** Two replicas on one store; the one where access is taken away dies right after it wrote that. */
describe('access that was taken away on another replica', () => {
  let test: TestSessions;
  let users: Users;
  let tenants: Tenants;
  let elsewhere: UsersElsewhere;
  let grace: User;
  let portal: LiveSession;
  let child: LiveSession;
  let stream: ReturnType<typeof createTestStream>;

  beforeEach(async () => {
    test = await createTestSessions(createMemoryStore(), createFakeClock());
    const { store, sessions, clock } = test;
    users = new Users({ users: store, sessions, passwords: new PasswordHasher(), clock });
    tenants = new Tenants({
      store,
      users,
      sessions,
      clock,
      isCluster: () => true,
      isReserved: () => false,
      changed: () => {},
    });
    elsewhere = new UsersElsewhere({ store, users, tenants, sessions });
    grace = { ...(await users.find('ada')).user, id: 'u-grace', username: 'grace', role: 'User' };
    await store.insertUser(grace, 'hash', RECORD);
    await users.addGrant(GRANT, 'Everybody', BY);
    ({ session: portal } = await sessions.startPortal(grace, 'cookie', null));
    child = await sessions.openKubernetes(portal, 'c1');
    stream = createTestStream(clock);
    child.openStream(stream);
  });

  const reasons = () => stream.cuts.map(({ end }) => end.reason);

  it('a grant: it is refused as soon as that is read, and then its streams end', async () => {
    await test.store.removeGrant(GRANT, RECORD);
    await elsewhere.rereadAccess();
    expect(users.mayReach(child.user, 'c1')).toBe(false);
    await elsewhere.endLost();
    expect(reasons()).toEqual(['revoked']);
    expect([portal.end(), child.end()?.reason]).toEqual([null, 'revoked']);
    expect((await test.store.findSession(child.id))?.session.end?.reason).toBe('revoked');
  });

  it('a grant that another one still allows: nothing ends', async () => {
    await users.addGrant({ clusterId: 'c1', subject: { kind: 'user', id: 'u-grace' } }, 'grace', BY);
    await test.store.removeGrant(GRANT, RECORD);
    await elsewhere.rereadAccess();
    await elsewhere.endLost();
    expect(child.end()).toBeNull();
  });

  it.each([
    [{ disabledAt: 5 }, 'user-disabled'],
    [{ readOnly: true }, 'revoked'],
    [{ role: 'Administrator' }, 'revoked'],
    [null, 'user-disabled'],
  ] as const)(
    'a user changed by %o: every session ends, and the user is known as that at once',
    async (changes, reason) => {
      await test.store.updateUser('u-grace', changes, RECORD);
      await elsewhere.reread(['u-grace', 'u-nobody']);
      expect(portal.user).toMatchObject(changes ?? { disabledAt: RECORD.at });
      await elsewhere.endLost();
      expect([portal.end()?.reason, reasons()]).toEqual([reason, ['parent-ended']]);
    },
  );

  it('is found by reading everything again, too', async () => {
    await test.store.updateUser('u-grace', { disabledAt: 5 }, RECORD);
    await elsewhere.rereadAll();
    await elsewhere.endLost();
    expect(portal.end()?.reason).toBe('user-disabled');
  });

  it('is found where another token of the user is asked for first', async () => {
    const row = portal.row();
    const other = { ...row, id: 'ps-other', startedAt: row.startedAt, end: null };
    const token = { hash: hashToken('other'), sessionId: 'ps-other', purpose: 'cookie', place: null } as const;
    await test.store.insertSession(other, token, RECORD);
    await test.store.updateUser('u-grace', { disabledAt: 5 }, RECORD);
    expect(await test.sessions.authenticate('other')).toMatchObject({ live: false });
    await elsewhere.rereadAll();
    await elsewhere.endLost();
    expect([portal.end()?.reason, reasons()]).toEqual(['user-disabled', ['parent-ended']]);
  });

  it('a new password or a sign-in takes nothing away', async () => {
    await test.store.updateUser('u-grace', { passwordHash: 'new' }, RECORD);
    await elsewhere.reread(['u-grace']);
    await elsewhere.endLost();
    expect(portal.end()).toBeNull();
  });

  it('a change that was made here while the row was read is not undone by it', async () => {
    const { findUsers } = test.store;
    test.store.findUsers = async (ids) => {
      test.store.findUsers = findUsers;
      const found = await findUsers(ids);
      await users.update('grace', { disabled: true }, BY);
      return found;
    };
    await elsewhere.reread(['u-grace']);
    expect(portal.user.disabledAt).not.toBeNull();
  });

  it('sessions that begin after it are those of the user as it is now', async () => {
    await test.store.updateUser('u-grace', { readOnly: true }, RECORD);
    await elsewhere.reread(['u-grace']);
    const { session } = await test.sessions.startPortal({ ...grace, readOnly: true }, 'cookie', null);
    await elsewhere.endLost();
    expect([portal.end()?.reason, session.end()]).toEqual(['revoked', null]);
  });
});

it('a user who was disabled is let in nowhere, though whoever did it could end nothing', async () => {
  const test = await createTestSessions();
  const { store, sessions } = test;
  const { user } = (await store.findAccount('ada')) ?? expect.unreachable();
  await store.insertUser({ ...user, id: 'u-eve', username: 'eve' }, 'hash', RECORD);
  const { token, session } = await sessions.startPortal({ ...user, id: 'u-eve', username: 'eve' }, 'cookie', null);
  await store.updateUser('u-eve', { disabledAt: 5 }, RECORD);
  const restarted = await test.restart();
  const found = await restarted.sessions.authenticate(token);
  expect(found).toMatchObject({ live: false, end: { reason: 'user-disabled' } });
  await restarted.sessions.stop();
  expect((await store.findSession(session.id))?.session.end?.reason).toBe('user-disabled');
});
