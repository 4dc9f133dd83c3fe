import { expect, it } from 'vitest';
import { mergeLogs } from './merged-log.ts';

const LOGS = [
  {
    container: 'a',
    text: '2026-11-30T10:00:00.1Z one\n2026-11-30T10:00:00.25Z four\n  of four\n2026-11-30T10:00:02Z no line end',
  },
  {
    container: 'side',
    text: '2026-11-30T12:00:00.12+02:00 two\n2026-11-30T10:00:00.2Z three\n2026-11-30T10:00:01Z \n',
  },
];

it('merges logs in the order of time, to the nanosecond, and says whose each line is', () => {
  expect(mergeLogs(LOGS, false)).toBe(
    [
      'a    │ one',
      'side │ two',
      'side │ three',
      'a    │ four',
      'a    │   of four',
      'side │ ',
      'a    │ no line end',
      '',
    ].join('\n'),
  );
  expect(mergeLogs(LOGS, true).split('\n')[1]).toBe('side │ 2026-11-30T12:00:00.12+02:00 two');
});

it('keeps the newest lines of each, and the order of lines of one time', () => {
  const text = Array.from({ length: 12_000 }, (_, line) => `2026-11-30T10:00:00Z ${line}\n`).join('');
  const logs = [
    { container: 'a', text },
    { container: 'b', text: '' },
  ];
  const lines = mergeLogs(logs, false).split('\n');
  expect([lines.length, lines[0], lines[4999]]).toEqual([5001, 'a │ 7000', 'a │ 11999']);
  expect(mergeLogs([{ container: 'a', text: '' }], false)).toBe('');
});
