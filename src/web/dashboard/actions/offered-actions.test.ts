import { expect, it } from 'vitest';
import { objectSchema } from '../kubernetes-object.ts';
import type { ResourceType } from '../resource-type.ts';
import type { Rights } from '../rights.ts';
import { offeredActions } from './offered-actions.ts';

const type = (group: string, plural: string): ResourceType => ({
  ...{ key: plural, group, version: 'v1', plural, kind: 'X', namespaced: true, verbs: ['delete'], shortNames: [] },
});
const object = (spec: object) => objectSchema.parse({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec });
const everything: Rights = () => () => true;
/** Rights as `patch deployments.apps`, `create pods/eviction`. */
const only =
  (...rights: string[]): Rights =>
  ({ plural }) =>
  (verb, subresource) =>
    rights.includes(`${verb} ${plural}${subresource === undefined ? '' : `/${subresource}`}`);

it.each([
  ['apps', 'deployments', {}, ['scale', 'restart', 'undo', 'delete']],
  ['apps', 'deployments', { paused: true }, ['scale', 'restart', 'delete']],
  ['apps', 'daemonsets', {}, ['restart', 'undo', 'delete']],
  ['apps', 'replicasets', {}, ['scale', 'delete']],
  ['batch', 'cronjobs', { suspend: false }, ['trigger', 'suspend', 'delete']],
  ['batch', 'cronjobs', { suspend: true }, ['trigger', 'resume', 'delete']],
  ['', 'nodes', {}, ['cordon', 'drain', 'delete']],
  ['', 'nodes', { unschedulable: true }, ['uncordon', 'drain', 'delete']],
  ['', 'pods', {}, ['delete']],
  ['example.com', 'nodes', {}, ['delete']],
])('%s/%s as %j is done %j with', (group, plural, spec, actions) => {
  expect(offeredActions(type(group, plural), object(spec), everything)).toEqual(actions);
});

it('what is not allowed is not offered', () => {
  const offered = (plural: string, group: string, ...rights: string[]) =>
    offeredActions(type(group, plural), object({}), only(...rights));
  expect(offered('deployments', 'apps')).toEqual([]);
  expect(offered('deployments', 'apps', 'patch deployments/scale')).toEqual(['scale']);
  expect(offered('deployments', 'apps', 'patch deployments')).toEqual(['restart']);
  expect(offered('deployments', 'apps', 'patch deployments', 'list replicasets')).toEqual(['restart', 'undo']);
  expect(offered('cronjobs', 'batch', 'create jobs')).toEqual(['trigger']);
  expect(offered('nodes', '', 'patch nodes', 'list pods')).toEqual(['cordon']);
  expect(offered('nodes', '', 'patch nodes', 'list pods', 'create pods/eviction')).toEqual(['cordon', 'drain']);
});
