import { expect, it, vi } from 'vitest';
import { KubernetesError } from '../kubernetes-api.ts';
import type { ResourceType } from '../resource-type.ts';
import { createAll, tryAll } from './creation.ts';
import { readDocuments } from './documents.ts';

const type = (plural: string, kind: string, namespaced: boolean): ResourceType => ({
  ...{ key: `v1/${plural}`, group: '', version: 'v1', plural, kind, namespaced, verbs: [], shortNames: [] },
});
const TYPES = [type('namespaces', 'Namespace', false), type('pods', 'Pod', true)];
const TEXT = `
apiVersion: v1
kind: Namespace
metadata: {name: new}
---
apiVersion: v1
kind: Pod
metadata: {generateName: web-, namespace: new}
---
apiVersion: v1
kind: Pod
metadata: {name: db}
`;
const documents = readDocuments(TEXT, TYPES, 'dev');

/** An API server without the namespace *new* as long as nobody creates it; `refused` is the path of what it refuses. */
function server(refused: string) {
  const created: string[] = [];
  const json = async ({ path, body = '' }: { path: string; body?: string }): Promise<unknown> => {
    const [place = '', query = ''] = path.split('?');
    if (place === refused) throw new KubernetesError(403, { message: 'forbidden' }, null);
    if (place.includes('/new/') && !created.includes('/api/v1/namespaces'))
      throw new KubernetesError(404, { message: 'namespaces "new" not found' }, null);
    if (!query.includes('dryRun=All')) created.push(place);
    const object = JSON.parse(body);
    return { ...object, metadata: { name: 'web-x1', ...object.metadata } };
  };
  return { created, api: { json, text: async () => '' } };
}

it('tries everything first, and does not blame a document for a namespace that is created before it', async () => {
  const { api, created } = server('/api/v1/namespaces/dev/pods');
  expect(await tryAll(api, documents, new Map())).toEqual([
    { state: 'fine' },
    { state: 'later' },
    { state: 'refused', message: 'forbidden' },
  ]);
  expect(created).toEqual([]);
});

it('names what was created, and creates only the rest when it is tried again', async () => {
  const first = server('/api/v1/namespaces/dev/pods');
  const { outcomes, created } = await createAll(first.api, documents, new Map());
  const done = [
    { state: 'created', name: 'new' },
    { state: 'created', name: 'web-x1' },
  ];
  expect(outcomes).toEqual([...done, { state: 'refused', message: 'forbidden' }]);

  const second = server('');
  expect(await tryAll(second.api, documents, created)).toEqual([...done, { state: 'fine' }]);
  expect((await createAll(second.api, documents, created)).outcomes).toEqual([
    ...done,
    { state: 'created', name: 'db' },
  ]);
  expect(second.created).toEqual(['/api/v1/namespaces/dev/pods']);
});

it('waits until the API server serves a kind that it was just told of', async () => {
  vi.useFakeTimers();
  try {
    const types = [type('customresourcedefinitions', 'CustomResourceDefinition', false)];
    const text = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Widget, plural: widgets}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: a}
`;
    const both = readDocuments(text, [{ ...types[0]!, group: 'apiextensions.k8s.io' }], 'dev');
    let refusals = 3;
    const json = async ({ path, body = '' }: { path: string; body?: string }): Promise<unknown> => {
      const isDry = path.includes('dryRun=All');
      if (path.includes('/widgets?') && (isDry || refusals-- > 0))
        throw new KubernetesError(404, { message: 'not found' }, null);
      return JSON.parse(body);
    };
    const api = { json, text: async () => '' };
    expect(await tryAll(api, both, new Map())).toEqual([{ state: 'fine' }, { state: 'later' }]);
    const creating = createAll(api, both, new Map());
    await vi.advanceTimersByTimeAsync(1000);
    expect((await creating).outcomes.map(({ state }) => state)).toEqual(['created', 'created']);
    expect(refusals).toBe(-1);
  } finally {
    vi.useRealTimers();
  }
});
