import { beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../core/access.ts';
import { ADA, createTestSessions } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import { PasswordHasher } from './password.ts';
import { Users } from './users.ts';

const BY = { username: 'ada', address: null };
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
