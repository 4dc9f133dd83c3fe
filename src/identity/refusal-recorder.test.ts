import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../core/audit-record.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import { MOST_ONCE, RefusalRecorder } from './refusal-recorder.ts';
import type { RefusedAttempt } from './refusal-recorder.ts';

const MINUTE_MS = 60_000;
const FIRST: RefusedAttempt = {
  event: 'gateway.refused',
  actor: 'ada',
  subject: 'demo',
  address: null,
  why: 'forbidden',
  sentence: 'No.',
};

function recorder(append?: () => Promise<void>) {
  const clock = createFakeClock(0);
  const rows: AuditRecord[] = [];
  const failures: unknown[] = [];
  const refusals = new RefusalRecorder({
    append: append ?? (async (record) => void rows.push(record)),
    clock,
    failed: (error) => failures.push(error),
  });
  const note = (times: number, changes: Partial<RefusedAttempt> = {}): void => {
    for (let count = 0; count < times; count++) refusals.note({ ...FIRST, ...changes });
  };
  const told = () => rows.map(({ at, sentence }) => `${at / 1000} ${sentence}`);
  return { clock, rows, failures, refusals, note, told };
}

it('writes the first at once and the rest of a minute as one entry with its number', async () => {
  const { clock, rows, note, told } = recorder();
  note(500);
  await clock.advance(0);
  const { why: _why, ...record } = FIRST;
  expect(rows).toEqual([{ at: 0, ...record }]);
  await clock.advance(MINUTE_MS);
  expect(told()).toEqual(['0 No.', '60 No. The same 499 times more within a minute.']);
});

it('goes on with one entry a minute while the flood lasts, and begins anew after a quiet minute', async () => {
  const { clock, note, told } = recorder();
  note(2);
  await clock.advance(MINUTE_MS);
  note(3);
  await clock.advance(MINUTE_MS);
  expect(told().slice(1)).toEqual([
    '60 No. The same once more within a minute.',
    '120 No. The same 3 times more within a minute.',
  ]);
  await clock.advance(MINUTE_MS);
  expect(clock.waiting).toBe(0);
  note(1);
  await clock.advance(0);
  expect(told().at(-1)).toBe('180 No.');
  expect(told()).toHaveLength(4);
});

it('tells actors, subjects, networks and reasons apart, and no two addresses of one network', async () => {
  const { refusals, rows, note } = recorder();
  note(1);
  for (const change of [{ actor: 'eve' }, { subject: 'other' }, { why: 'read-only' }, { address: '2001:db8::1' }])
    note(1, change);
  note(1, { address: '2001:db8::2' });
  await refusals.stop();
  expect(rows).toHaveLength(6);
  expect(rows.at(-1)?.sentence).toBe('No. The same once more within a minute.');
});

it('tells a bounded number of kinds apart, whatever varies, and leaves room for other events', async () => {
  const { clock, rows, note, told } = recorder();
  for (let network = 0; network < 1000; network++) note(1, { address: `10.0.${network >> 8}.${network & 255}` });
  note(1, { event: 'access.refused' });
  await clock.advance(MINUTE_MS);
  expect(rows).toHaveLength(203);
  expect(rows.filter(({ event }) => event === 'access.refused')).toHaveLength(1);
  const words = 'More kinds of refusals at a time than are told apart.';
  expect(told().filter((each) => each.includes(words))).toEqual([
    `0 ${words}`,
    `60 ${words} The same 799 times more within a minute.`,
  ]);
});

it('writes what is summed when it stops', async () => {
  const { clock, refusals, note, told } = recorder();
  note(3);
  await refusals.stop();
  expect(told()).toEqual(['0 No.', '0 No. The same 2 times more within a minute.']);
  expect(clock.waiting).toBe(0);
});

it('tells of a store that fails, and goes on', async () => {
  const { refusals, note, failures } = recorder(() => Promise.reject(new Error('full')));
  note(2);
  await refusals.stop();
  expect(failures).toHaveLength(2);
});

describe('what is noted once', () => {
  it('is written once, however long somebody asks on, and each session for itself', async () => {
    const { clock, refusals, told } = recorder();
    for (let minute = 0; minute < 10; minute++) {
      for (const why of ['ended at 8:00', 'ended at 8:00', 'ended at 9:00']) refusals.noteOnce({ ...FIRST, why });
      await clock.advance(MINUTE_MS);
    }
    expect(told()).toEqual(['0 No.', '0 No.']);
    expect(clock.waiting).toBe(0);
  });

  it('is remembered of those that asked last, and of no more than so many', async () => {
    const { clock, refusals, rows } = recorder();
    const ask = async (why: string) => {
      refusals.noteOnce({ ...FIRST, why });
      await clock.advance(MINUTE_MS);
    };
    await ask('first');
    for (let count = 1; count < MOST_ONCE; count++) refusals.noteOnce({ ...FIRST, why: `${count}` });
    await clock.advance(MINUTE_MS);
    const before = rows.length;
    await ask('first');
    await ask('one too many');
    await ask('first');
    expect(rows.length - before).toBe(1);
    await ask('1');
    expect(rows.length - before).toBe(2);
  });
});
