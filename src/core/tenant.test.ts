import { expect, it } from 'vitest';
import { TENANT_NAME_PATTERN, isTenantNamespace, namespaceOf, tenantEntry } from './tenant.ts';
import type { User } from './user.ts';

const USER: User = { id: 'u', username: 'ada', role: 'User', readOnly: false, disabledAt: null, createdAt: 0 };
const access = (readOnly: boolean) => [{ tenantId: 't', userId: 'u', readOnly }];

it.each<[string, Partial<User>, ReturnType<typeof access>, string]>([
  ['somebody without access', {}, [], 'none'],
  ['somebody with access to another tenant', {}, [{ tenantId: 'other', userId: 'u', readOnly: false }], 'none'],
  ['somebody with the access of another', { id: 'v' }, access(false), 'none'],
  ['somebody with access', {}, access(false), 'full'],
  ['somebody with read-only access', {}, access(true), 'read-only'],
  ['a read-only user with access', { readOnly: true }, access(false), 'read-only'],
  ['an administrator', { role: 'Administrator' }, [], 'full'],
  ['a read-only administrator', { role: 'Administrator', readOnly: true }, [], 'read-only'],
  ['an administrator with read-only access', { role: 'Administrator' }, access(true), 'read-only'],
  ['a disabled administrator', { role: 'Administrator', disabledAt: 1 }, access(false), 'none'],
])('%s enters a tenant: %#', (_who, changes, accesses, entry) => {
  expect(tenantEntry({ ...USER, ...changes }, 't', accesses)).toBe(entry);
});

it.each([
  ['a', true],
  ['team-1', true],
  ['a'.repeat(40), true],
  ['a'.repeat(41), false],
  ['-a', false],
  ['a-', false],
  ['Team', false],
  ['a.b', false],
  ['', false],
])('a tenant’s name may be %j: %s', (name, allowed) => {
  expect(TENANT_NAME_PATTERN.test(name)).toBe(allowed);
});

it.each([
  ['duploservices-dev', true],
  ['a', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['default', false],
  ['default-2', true],
  ['kube-system', false],
  ['kube-', false],
  ['kubernetes', true],
  ['-a', false],
  ['A', false],
  ['a/b', false],
  ['', false],
])('a tenant’s namespace may be %j: %s', (namespace, allowed) => {
  expect(isTenantNamespace(namespace)).toBe(allowed);
});

it('the longest name has a namespace', () => {
  expect(isTenantNamespace(namespaceOf('a'.repeat(40)))).toBe(true);
});
