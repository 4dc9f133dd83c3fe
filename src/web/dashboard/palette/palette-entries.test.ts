import { expect, it } from 'vitest';
import type { ResourceType } from '../resource-type.ts';
import { findEntries, kindEntries } from './palette-entries.ts';
import type { PaletteEntry } from './palette-entries.ts';

const type = (kind: string, shortNames: string[] = [], group = ''): ResourceType => ({
  ...{ kind, shortNames, group, key: `${group}/${kind}`, version: 'v1', plural: `${kind.toLowerCase()}s` },
  ...{ namespaced: true, verbs: ['list'] },
});
const TYPES = [
  type('Pod', ['po']),
  type('Node', ['no']),
  type('HorizontalPodAutoscaler', ['hpa'], 'autoscaling'),
  type('Deployment', ['deploy'], 'apps'),
];
const entry = (label: string): PaletteEntry => ({ id: label, label, description: '', run: () => undefined });
const labels = (words: string) =>
  findEntries(
    [
      (asked) => kindEntries(TYPES, asked, () => undefined),
      () => [entry('Scale Deployment web'), entry('Show the log')],
      () => [entry('notes'), entry('po')],
    ],
    words,
  ).map(({ label }) => label);

it('finds by short name, beginning and part, in this order', () => {
  expect(labels('no')).toEqual(['Node', 'notes']);
  expect(labels('po')).toEqual(['Pod', 'po', 'HorizontalPodAutoscaler']);
  expect(labels('scale')).toEqual(['Scale Deployment web', 'HorizontalPodAutoscaler']);
  expect(labels('apps')).toEqual(['Deployment']);
  expect(labels(' The LOG ')).toEqual(['Show the log']);
  expect(labels('nothing of it')).toEqual([]);
});

it('shows what there is before anything is typed, and no more than can be looked at', () => {
  expect(labels('')).toHaveLength(8);
  const many = Array.from({ length: 100 }, (_, index) => entry(`pod-${index}`));
  expect(findEntries([() => many], 'pod')).toHaveLength(30);
});
