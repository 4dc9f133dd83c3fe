import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canReachCluster, clusterIdentity, tenantIdentity } from './access.ts';
import type { Grant } from './access.ts';
import { ROLES, normalizeUsername } from './user.ts';
import type { User } from './user.ts';

const user = (changes: Partial<User> = {}): User => {
  return { id: 'u1', username: 'ada', role: 'User', readOnly: false, disabledAt: null, createdAt: 0, ...changes };
};

describe('canReachCluster', () => {
  const toUser: Grant = { clusterId: 'a', subject: { kind: 'user', id: 'u1' } };
  const toRole: Grant = { clusterId: 'a', subject: { kind: 'role', id: 'User' } };

  it('lets administrators everywhere and others where they are granted', () => {
    expect(canReachCluster(user({ role: 'Administrator' }), 'a', [])).toBe(true);
    expect(canReachCluster(user(), 'a', [])).toBe(false);
    expect(canReachCluster(user(), 'a', [toUser])).toBe(true);
    expect(canReachCluster(user({ id: 'u2' }), 'a', [toUser])).toBe(false);
    expect(canReachCluster(user({ id: 'u2' }), 'a', [toRole])).toBe(true);
    expect(canReachCluster(user(), 'b', [toUser, toRole])).toBe(false);
  });

  it('lets nobody in whose account is disabled', () => {
    expect(canReachCluster(user({ role: 'Administrator', disabledAt: 1 }), 'a', [toUser])).toBe(false);
  });

  it('does not take a user id for a role', () => {
    expect(
      canReachCluster(user({ id: 'x', role: 'User' }), 'a', [
        { clusterId: 'a', subject: { kind: 'user', id: 'User' } },
      ]),
    ).toBe(false);
  });
});

describe('clusterIdentity', () => {
  it('never makes anybody a system user, whatever the username', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...ROLES), fc.boolean(), (text, role, readOnly) => {
        const username = normalizeUsername(text) ?? 'ada';
        const { user: name, groups } = clusterIdentity({ username, role, readOnly });
        expect([name, ...groups].every((each) => each.startsWith('curfew:'))).toBe(true);
      }),
    );
  });

  it('keeps read-only users out of every other group', () => {
    expect(clusterIdentity(user({ role: 'Administrator', readOnly: true })).groups).toEqual(['curfew:read-only']);
    expect(clusterIdentity(user({ role: 'Administrator' })).groups).toEqual(['curfew:users', 'curfew:administrators']);
  });
});

describe('tenantIdentity', () => {
  it('is in the group of the tenant and in no other, an administrator too', () => {
    const root = user({ username: 'root', role: 'Administrator' });
    expect(tenantIdentity(root, 't', 'full')).toEqual({ user: 'curfew:root', groups: ['curfew:tenant:t'] });
    expect(tenantIdentity(root, 't', 'read-only').groups).toEqual(['curfew:tenant-read-only:t']);
  });
});
