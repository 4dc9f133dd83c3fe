import { describe, expect, it } from 'vitest';
import { cellText, compareCells, readTable, readWatchEvent, viewRows, shownColumns } from './table.ts';
import type { TableRow } from './table.ts';

const row = (name: string, ...cells: unknown[]): TableRow => ({
  ...{ uid: name, version: '1', name, namespace: 'dev', createdAt: null },
  cells: [name, ...cells],
});
const COLUMNS = readTable({ columnDefinitions: [{ name: 'Name' }, { name: 'Ready' }] }).columns;
const names = (rows: TableRow[], view: Partial<Parameters<typeof viewRows>[2]>) =>
  viewRows(rows, COLUMNS, { search: '', sort: null, descending: false, ...view }).map(({ name }) => name);

describe('the rows of a table', () => {
  it('are in the order of a column, then of their names', () => {
    const rows = [row('web-10', '1/2'), row('web-2', '1/2'), row('db', '2/2')];
    expect(names(rows, {})).toEqual(['db', 'web-2', 'web-10']);
    expect(names(rows, { sort: 'Ready' })).toEqual(['web-2', 'web-10', 'db']);
    expect(names(rows, { sort: 'Ready', descending: true })).toEqual(['db', 'web-2', 'web-10']);
  });

  it('are those in which every word is', () => {
    const rows = [row('web', 'Running'), row('db', 'Failed')];
    expect(names(rows, { search: ' RUN dev ' })).toEqual(['web']);
    expect(names(rows, { search: 'run nowhere' })).toEqual([]);
  });
});

it.each([
  ['3d4h', '12h'],
  ['2/3', '1/3'],
  [10, 9],
  ['10', '9'],
  ['web-10', 'web-9'],
])('%s is more than %s', (more, less) => {
  expect(compareCells(more, less)).toBeGreaterThan(0);
});

it('a cell of any form has words', () => {
  expect([null, undefined, true, 0, 'x', ['a']].map(cellText)).toEqual(['', '', 'true', '0', 'x', '["a"]']);
});

it('shows the first column and those that are chosen, or those of the usual view', () => {
  const columns = ['Name', 'Ready', 'IP'].map((name, index) => ({
    ...{ name, type: 'string', format: '', description: '' },
    priority: index === 2 ? 1 : 0,
  }));
  const shown = (chosen?: string[]) => shownColumns(columns, chosen).map(({ name, at }) => `${at} ${name}`);
  expect(shown()).toEqual(['0 Name', '1 Ready']);
  expect(shown(['IP', 'gone'])).toEqual(['0 Name', '2 IP']);
  expect(shown([])).toEqual(['0 Name']);
});

describe('an event of a watch', () => {
  const object = { metadata: { name: 'web', uid: 'u', resourceVersion: '8' } };
  const line = (type: string, content: unknown) => JSON.stringify({ type, object: content });

  it('puts or deletes a row, at its version', () => {
    const table = { rows: [{ cells: ['web'], object }] };
    expect(readWatchEvent(line('MODIFIED', table))).toMatchObject([{ kind: 'put', resourceVersion: '8' }]);
    expect(readWatchEvent(line('DELETED', table))).toMatchObject([{ kind: 'delete', row: { uid: 'u' } }]);
  });

  it('marks a version, as a table or as the object itself', () => {
    const bookmark = [{ kind: 'bookmark', resourceVersion: '9' }];
    expect(readWatchEvent(line('BOOKMARK', { metadata: { resourceVersion: '9' }, rows: null }))).toEqual(bookmark);
    // As API servers send it: a row of which nothing is known but its version.
    const nameless = { cells: ['', '', null], object: { metadata: { resourceVersion: '9', creationTimestamp: null } } };
    expect(readWatchEvent(line('BOOKMARK', { metadata: {}, rows: [nameless] }))).toEqual(bookmark);
    expect(readWatchEvent(line('BOOKMARK', {}))).toEqual([]);
    expect(readWatchEvent(line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '9' } }))).toEqual(bookmark);
  });

  it('says what went wrong', () => {
    expect(readWatchEvent(line('ERROR', { code: 410, message: 'too old' }))).toEqual([
      { kind: 'error', status: 410, message: 'too old' },
    ]);
  });
});
