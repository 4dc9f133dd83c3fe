import { beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../core/access.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { ADA, createTestSessions, createTestStream } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import { PasswordHasher } from './password.ts';
import { Users } from './users.ts';

const BY = { username: 'ada', address: null, session: null };
const ALL = { search: '', offset: 0, limit: 100 };
const PASSWORD = 'correct horse battery staple';

let test: TestSessions;
let users: Users;
beforeEach(async () => {
  test = await createTestSessions();
  users = new Users({ users: test.store, sessions: test.sessions, passwords: new PasswordHasher(), clock: test.clock });
  await users.create({ username: 'grace', password: PASSWORD, role: 'User', readOnly: false }, BY);
});

/** Deletes `grace` once somebody has looked her up, and before the change reaches the store. */
function deleteInBetween(): void {
  const { findAccount } = test.store;
  test.store.findAccount = async (username) => {
    const account = await findAccount(username);
    test.store.findAccount = findAccount;
    await users.delete('grace', BY);
    return account;
  };
}

describe('a user who is deleted meanwhile', () => {
  it('is not found by whoever changes or deletes the account', async () => {
    deleteInBetween();
    await expect(users.update('grace', { readOnly: true }, BY)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is not deleted twice', async () => {
    deleteInBetween();
    await expect(users.delete('grace', BY)).rejects.toMatchObject({ code: 'not-found' });
    const { total } = await test.store.listAudit({ search: 'user.deleted', offset: 0, limit: 9 });
    expect(total).toBe(1);
  });

  it('is told that the password was not changed', async () => {
    const { user } = await users.find('grace');
    const { session } = await test.sessions.startPortal(user, 'cookie', null);
    deleteInBetween();
    const change = users.changePassword(session, PASSWORD, 'another good password', BY);
    await expect(change).rejects.toMatchObject({ code: 'not-found' });
  });
});

it('of two changes of a password at once, each with the right old one, the first wins and the other is told', async () => {
  const { user } = await users.find('grace');
  const { session } = await test.sessions.startPortal(user, 'cookie', null);
  const { findAccount } = test.store;
  test.store.findAccount = async (username) => {
    test.store.findAccount = findAccount;
    const account = await findAccount(username);
    await users.changePassword(session, PASSWORD, 'the first new password', BY);
    return account;
  };
  const second = users.changePassword(session, PASSWORD, 'the second new password', BY);
  await expect(second).rejects.toMatchObject({ code: 'invalid-credentials', field: 'currentPassword' });
  const { passwordHash } = await users.find('grace');
  expect(await new PasswordHasher().verify('the first new password', passwordHash)).toBe(true);
});

describe('whoever acts and whose session ends while the password is hashed', () => {
  const NEW = { username: 'new', password: PASSWORD, role: 'User', readOnly: false } as const;

  /** Calls `act` under a session of somebody that is ended once the hashing has begun. */
  async function endMeanwhile(username: string, act: (session: LiveSession) => Promise<unknown>): Promise<unknown> {
    const { user } = await users.find(username);
    const { session } = await test.sessions.startPortal(user, 'cookie', null);
    const passwords = new PasswordHasher();
    const slow = {
      verify: (password: string, hash: string | null) => passwords.verify(password, hash),
      hash: async (password: string) => {
        const hash = await passwords.hash(password);
        await test.sessions.end(session.id, 'revoked');
        return hash;
      },
    };
    users = new Users({ users: test.store, sessions: test.sessions, passwords: slow, clock: test.clock });
    const before = (await test.store.listAudit(ALL)).items.filter(({ event }) => /^(user|password)/.test(event));
    const outcome = await act(session).catch((error: unknown) => error);
    const after = (await test.store.listAudit(ALL)).items.filter(({ event }) => /^(user|password)/.test(event));
    expect(after).toEqual(before);
    return outcome;
  }
  const ENDED = { code: 'session-ended', end: { reason: 'revoked' } };

  it('creates nobody', async () => {
    expect(await endMeanwhile('ada', (session) => users.create(NEW, { ...BY, session }))).toMatchObject(ENDED);
    await expect(users.find('new')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('changes nobody', async () => {
    const { passwordHash } = await users.find('grace');
    const update = { password: 'another good password', role: 'Administrator' } as const;
    const outcome = await endMeanwhile('ada', (session) => users.update('grace', update, { ...BY, session }));
    expect(outcome).toMatchObject(ENDED);
    expect(await users.find('grace')).toMatchObject({ passwordHash, user: { role: 'User' } });
  });

  it('changes no own password', async () => {
    const { passwordHash } = await users.find('grace');
    const outcome = await endMeanwhile('grace', (session) =>
      users.changePassword(session, PASSWORD, 'another good password', { ...BY, session }),
    );
    expect(outcome).toMatchObject(ENDED);
    expect((await users.find('grace')).passwordHash).toBe(passwordHash);
  });
});

it('the last administrator is refused as such', async () => {
  await expect(users.update(ADA.username, { readOnly: true }, BY)).rejects.toMatchObject({
    code: 'last-administrator',
  });
  await expect(users.delete(ADA.username, BY)).rejects.toMatchObject({ code: 'last-administrator' });
});

it('grants that are read at the same time end with what was written last', async () => {
  const { user } = await users.find('grace');
  const grant: Grant = { clusterId: 'c1', subject: { kind: 'user', id: user.id } };
  const { listGrants } = test.store;
  let release = (): void => undefined;
  test.store.listGrants = async () => {
    const grants = await listGrants();
    test.store.listGrants = listGrants;
    await new Promise<void>((resolve) => (release = resolve));
    return grants;
  };
  const slow = users.load();
  const added = users.addGrant(grant, 'grace', BY);
  await test.clock.advance(0);
  release();
  await Promise.all([slow, added]);
  expect(users.mayReach(user, 'c1')).toBe(true);
});

it('grants are listed with how many live sessions each of them alone allows', async () => {
  const grantTo = (subject: Grant['subject'], label: string) => users.addGrant({ clusterId: 'c1', subject }, label, BY);
  const endings = async () => (await users.granteesOf('c1')).map(({ subject, ending }) => [subject, ending]);
  const { user } = await users.find('grace');
  for (const [who, cluster] of [
    [user, 'c1'],
    [user, 'c1'],
    [user, 'c2'],
    [ADA, 'c1'],
  ] as const) {
    await test.sessions.openKubernetes((await test.sessions.startPortal(who, 'cookie', null)).session, cluster);
  }
  await grantTo({ kind: 'user', id: user.id }, 'grace');
  expect(await endings()).toEqual([['grace', 2]]);
  await grantTo({ kind: 'role', id: 'Administrator' }, 'administrators');
  await grantTo({ kind: 'role', id: 'User' }, 'users');
  expect(await endings()).toEqual([
    ['Administrator', 0],
    ['User', 0],
    ['grace', 0],
  ]);
  const ended = test.ends.length;
  await users.removeGrant({ clusterId: 'c1', subject: { kind: 'user', id: user.id } }, 'grace', BY);
  expect([await endings(), test.ends.length - ended]).toEqual([
    [
      ['Administrator', 0],
      ['User', 2],
    ],
    0,
  ]);
  await users.removeGrant({ clusterId: 'c1', subject: { kind: 'role', id: 'User' } }, 'users', BY);
  expect(test.ends.length - ended).toBe(2);
});

it('a grant that is taken away cuts everybody who had it at once, not one after the record of another', async () => {
  const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;
  await users.addGrant(grant, 'Everybody', BY);
  const { user } = await users.find('grace');
  const streams = [createTestStream(test.clock), createTestStream(test.clock)];
  for (const stream of streams) {
    const { session } = await test.sessions.startPortal(user, 'cookie', null);
    (await test.sessions.openKubernetes(session, 'c1')).openStream(stream);
  }
  const { endSessions } = test.store;
  let cutBefore = 0;
  test.store.endSessions = (ends) => {
    cutBefore ||= streams.filter(({ cuts }) => cuts.length > 0).length;
    return endSessions(ends);
  };
  await users.removeGrant(grant, 'Everybody', BY);
  expect(cutBefore).toBe(2);
  const { items } = await test.store.listAudit({ ...ALL, search: 'session.ended' });
  expect(items.map(({ actor }) => actor)).toEqual(['ada', 'ada']);
});

describe('a grant that is taken away while many sessions live elsewhere', () => {
  const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;
  const started = { at: 0, event: 'session.started', actor: null, subject: null, address: null, sentence: '' } as const;
  let portal: LiveSession;
  beforeEach(async () => {
    await users.addGrant(grant, 'Everybody', BY);
    ({ session: portal } = await test.sessions.startPortal((await users.find('grace')).user, 'cookie', null));
  });

  it('cuts what is held here before any row is read, and it is recorded who did it', async () => {
    const child = await test.sessions.openKubernetes(portal, 'c1');
    const stream = createTestStream(test.clock);
    child.openStream(stream);
    const { listLive } = test.store;
    let cutBefore = 0;
    test.store.listLive = (query) => {
      cutBefore = stream.cuts.length;
      return listLive(query);
    };
    await users.removeGrant(grant, 'Everybody', BY);
    expect(cutBefore).toBe(1);
    const { items } = await test.store.listAudit({ ...ALL, search: 'session.ended' });
    expect(items.map(({ actor, subject }) => [actor, subject])).toEqual([['ada', child.id]]);
  });

  it('ends those of a page before the next one is read', async () => {
    const now = test.clock.now();
    const row = { kind: 'kubernetes', userId: portal.userId, clusterId: 'c1', tenantId: null, end: null } as const;
    for (let count = 100; count < 350; count++) {
      const parent = { ...row, id: `ps-${count}`, kind: 'portal', parentId: null, clusterId: null } as const;
      await test.store.insertSession({ ...parent, startedAt: now, lastActivityAt: now }, null, started);
      const child = { ...row, id: `ks-${count}`, parentId: parent.id, startedAt: now, lastActivityAt: now };
      await test.store.insertSession(child, null, started);
    }
    const { listLive } = test.store;
    const endedBefore: number[] = [];
    test.store.listLive = (query) => {
      endedBefore.push(test.ends.length);
      return listLive(query);
    };
    await users.removeGrant(grant, 'Everybody', BY);
    expect([endedBefore, test.ends.length]).toEqual([[0, 200], 250]);
  });
});
