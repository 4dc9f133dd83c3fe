import { expect, it } from 'vitest';
import { rightsIn } from './rights.ts';

const DEPLOYMENTS = { group: 'apps', plural: 'deployments' };
const may = (rule: object, incomplete = false) =>
  rightsIn({ status: { incomplete, resourceRules: [{ verbs: [], ...rule }] } }, DEPLOYMENTS, 'web');

it('a rule allows its verbs on its resources and names, and no more', () => {
  const some = may({ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'] });
  expect([some('patch'), some('delete'), some('patch', 'scale')]).toEqual([true, false, false]);
  const scale = may({ verbs: ['*'], apiGroups: ['*'], resources: ['*/scale'] });
  expect([scale('patch', 'scale'), scale('patch')]).toEqual([true, false]);
  const all = may({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
  expect([all('delete'), all('patch', 'scale')]).toEqual([true, true]);
  const named = (name: string) =>
    may({ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: [name] })('get');
  expect([named('web'), named('db')]).toEqual([true, false]);
  expect(may({ verbs: ['get'], apiGroups: [''], resources: ['deployments'] })('get')).toBe(false);
});

it('where not all rules are known the API server decides', () => {
  expect(may({}, true)('delete')).toBe(true);
  expect(may({})('delete')).toBe(false);
});
