import { expect, it } from 'vitest';
import { objectSchema } from '../kubernetes-object.ts';
import { readRevisions } from './revisions.ts';

const owned = (kind: string) =>
  objectSchema.parse({ apiVersion: 'apps/v1', kind, metadata: { name: 'web', uid: 'u1', resourceVersion: '7' } });
const metadata = (number: number, uid = 'u1') => ({
  creationTimestamp: '2026-01-01T00:00:00Z',
  annotations: { 'deployment.kubernetes.io/revision': String(number) },
  ownerReferences: [{ uid, controller: true }],
});
const template = (image: string, labels = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'web', image }], nodeName: 'n' },
});

it('a Deployment goes back to the template of its ReplicaSet, without the hash and in the version that was seen', () => {
  const set = (number: number, image: string, uid?: string) => ({
    metadata: metadata(number, uid),
    spec: { template: template(image, { 'pod-template-hash': 'abc' }) },
  });
  const items = [set(2, 'web:2'), set(10, 'web:1'), set(3, 'other:1', 'u2'), set(Number.NaN, 'web:0')];
  const revisions = readRevisions(owned('Deployment'), { items });
  expect(revisions.map(({ number, images }) => [number, images])).toEqual([
    [10, ['web:1']],
    [2, ['web:2']],
  ]);
  expect(revisions[1]?.patch.contentType).toBe('application/json-patch+json');
  expect(JSON.parse(revisions[1]?.patch.body ?? '')).toEqual([
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    { op: 'replace', path: '/spec/template', value: template('web:2') },
  ]);
});

it('a StatefulSet goes back by the patch in its ControllerRevision', () => {
  const data = { spec: { template: { ...template('db:1'), $patch: 'replace' } } };
  const [revision] = readRevisions(owned('StatefulSet'), { items: [{ metadata: metadata(0), revision: 4, data }] });
  expect(revision).toMatchObject({ number: 4, images: ['db:1'] });
  expect(JSON.parse(revision?.patch.body ?? '')).toEqual({ ...data, metadata: { resourceVersion: '7' } });
});
