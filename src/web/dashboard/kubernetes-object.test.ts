import { expect, it } from 'vitest';
import { LAST_APPLIED, atVersion, objectSchema, readEvents, toYaml, yamlToJson } from './kubernetes-object.ts';

const POD = {
  status: { phase: 'Running' },
  spec: { containers: [{ name: '🦊', args: ['yes', '0x1'] }] },
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', annotations: { rtl: 'שלום' }, managedFields: [{ manager: 'kubectl' }] },
};

it('an object is YAML with its kind first and without managed fields, and comes back as it was', () => {
  const text = toYaml(POD);
  expect(text).toMatch(/^apiVersion: v1\nkind: Pod\nmetadata:\n/);
  expect(text).not.toContain('managedFields');
  const { managedFields: _hidden, ...metadata } = POD.metadata;
  expect(JSON.parse(yamlToJson(text))).toEqual({ ...POD, metadata });
});

it('leaves out the copy of what was applied where that is asked for, and takes another version', () => {
  const applied = { ...POD, metadata: { name: 'key', annotations: { [LAST_APPLIED]: 'hunter2', a: 'b' } } };
  expect(toYaml(applied)).toContain('hunter2');
  expect(toYaml(applied, true)).toContain('a: b');
  expect(toYaml(applied, true)).not.toContain('hunter2');
  expect(atVersion(toYaml(applied), '9')).toContain('resourceVersion: "9"');
});

it.each(['- a', 'text', '', 'a: [', `a: &a [x,x]\nb: &b [${'*a,'.repeat(200)}]`])('%j is no object', (text) => {
  expect(() => yamlToJson(text)).toThrow();
});

it('conditions of a form of their own do no harm', () => {
  expect(objectSchema.parse({ ...POD, status: { conditions: 'odd' } }).status?.conditions).toBeNull();
});

it('the newest event comes first, whichever field says when', () => {
  const event = (uid: string, when: object) => ({ metadata: { uid }, type: 'Warning', ...when });
  const items = [
    event('old', { lastTimestamp: '2026-01-01T00:00:00Z' }),
    event('new', { eventTime: '2026-01-02T00:00:00Z' }),
  ];
  expect(readEvents({ items }).map(({ uid, isWarning }) => [uid, isWarning])).toEqual([
    ['new', true],
    ['old', true],
  ]);
});
