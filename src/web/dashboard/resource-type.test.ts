import { expect, it } from 'vitest';
import { collectionPath, inSections, objectPath, searchTypes } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';

const type = (key: string, kind: string, shortNames: string[] = [], namespaced = true): ResourceType => {
  const parts = key.split('/');
  const [plural = '', version = '', group = ''] = parts.toReversed();
  return { key, group, version, plural, kind, namespaced, verbs: ['list'], shortNames };
};
const TYPES = [
  type('gateway.example.com/v1/pods', 'Pod'),
  type('v1/nodes', 'Node', ['no'], false),
  type('apps/v1/deployments', 'Deployment', ['deploy']),
  type('v1/pods', 'Pod', ['po']),
  type('policy/v1/poddisruptionbudgets', 'PodDisruptionBudget', ['pdb']),
];

it('a path names group, namespace and name', () => {
  expect(collectionPath(TYPES[3]!, null)).toBe('/api/v1/pods');
  expect(collectionPath(TYPES[2]!, 'dev')).toBe('/apis/apps/v1/namespaces/dev/deployments');
  expect(objectPath(TYPES[1]!, 'dev', 'a/b')).toBe('/api/v1/nodes/a%2Fb');
});

it('types are in sections, custom ones under their group', () => {
  expect(inSections(TYPES).map(([section, each]) => [section, each.map(({ key }) => key)])).toEqual([
    ['Workloads', ['v1/pods', 'apps/v1/deployments', 'policy/v1/poddisruptionbudgets']],
    ['Cluster', ['v1/nodes']],
    ['gateway.example.com', ['gateway.example.com/v1/pods']],
  ]);
});

it('types are found by kind, plural, short name and group', () => {
  const found = (search: string) => searchTypes(TYPES, search).map(({ key }) => key);
  expect(found('po')[0]).toBe('v1/pods');
  expect(found('pdb')).toEqual(['policy/v1/poddisruptionbudgets']);
  expect(found('Pod')).toEqual(['gateway.example.com/v1/pods', 'v1/pods', 'policy/v1/poddisruptionbudgets']);
  expect(found('example')).toEqual(['gateway.example.com/v1/pods']);
  expect(found('nonsense')).toEqual([]);
});
