import { expect, it } from 'vitest';
import type { ResourceType } from '../resource-type.ts';
import { mayHaveSecret, readDocuments } from './documents.ts';

const type = (group: string, version: string, plural: string, kind: string, namespaced = true): ResourceType => ({
  ...{ key: `${group}/${version}/${plural}`, group, version, plural, kind, namespaced, verbs: [], shortNames: [] },
});
const TYPES = [
  type('', 'v1', 'namespaces', 'Namespace', false),
  type('', 'v1', 'pods', 'Pod'),
  type('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false),
  type('autoscaling', 'v1', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
];
const read = (text: string) =>
  readDocuments(text, TYPES, 'dev').map((each) =>
    each.problem === null ? [each.words, each.path, each.body] : [each.words, each.problem],
  );

it('each document has its place, by its own group, version and namespace', () => {
  const text = `
---
apiVersion: v1
kind: Namespace
metadata: {name: prod}
---
# nothing
---
apiVersion: v1
kind: Pod
metadata: {generateName: web-, namespace: prod}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: db}}
- {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: db}}
`;
  expect(read(text).map(([words, path]) => [words, path])).toEqual([
    ['Namespace prod', '/api/v1/namespaces'],
    ['Pod web-', '/api/v1/namespaces/prod/pods'],
    ['Pod db', '/api/v1/namespaces/dev/pods'],
    ['HorizontalPodAutoscaler db', '/apis/autoscaling/v2/namespaces/dev/horizontalpodautoscalers'],
  ]);
  expect(read(text)[2]?.[2]).toBe('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"db"}}');
});

it('a kind may be defined by a document before, and not by one after', () => {
  const defined = {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'w.example.com' } },
    spec: { group: 'example.com', scope: 'Cluster', names: { kind: 'Widget', plural: 'widgets' } },
  };
  const widget = { apiVersion: 'example.com/v1beta1', kind: 'Widget', metadata: { name: 'a' } };
  const text = [widget, defined, widget].map((each) => JSON.stringify(each)).join('\n---\n');
  expect(read(text).map(([words, path]) => [words, path])).toEqual([
    ['Widget a', expect.stringContaining('had no Widget of example.com/v1beta1')],
    ['CustomResourceDefinition w.example.com', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
    ['Widget a', '/apis/example.com/v1beta1/widgets'],
  ]);
});

it.each([
  ['a: [', /line/],
  ['text', /needs apiVersion/],
  ['apiVersion: v1\nkind: Pod', /needs apiVersion/],
  ['apiVersion: example.com/v1\nkind: Pod\nmetadata: {name: a}', /no Pod of example.com\/v1/],
  [`a: &a [x,x]\nb: &b [${'*a,'.repeat(200)}]`, /alias/i],
])('%j cannot be sent', (text, problem) => {
  expect(read(text)[0]?.[1]).toMatch(problem);
});

it('sees a Secret in whatever is written', () => {
  const seen = ['kind: Secret', '{"kind": "Secret"', "a: [\n  kind: 'Secret'", 'kind: SecretList'];
  expect(seen.filter((text) => !mayHaveSecret(text))).toEqual([]);
  expect(mayHaveSecret('kind: SecretStore')).toBe(false);
});
