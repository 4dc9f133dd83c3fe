import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../system/fake-clock.ts';
import type { FakeClock } from '../system/fake-clock.ts';
import { EndRecorder, endingOf } from './end-recorder.ts';
import type { SessionEnding } from './ports.ts';

const ending = (id: string): SessionEnding =>
  endingOf(
    { id, kind: 'portal', clusterId: null, tenantId: null, lastActivityAt: 0 },
    'ada',
    { at: 1, reason: 'closed', limit: null },
    1,
    null,
  );

let clock: FakeClock;
let recorder: EndRecorder;
let attempts: string[][];
let failures: unknown[];
let recorded: string[];
let answer: (ids: string[]) => Promise<string[]>;
beforeEach(() => {
  clock = createFakeClock();
  [attempts, failures, recorded] = [[], [], []];
  answer = (ids) => Promise.resolve(ids);
  const endSessions = (ends: readonly SessionEnding[]) => {
    const ids = ends.map(({ id }) => id);
    attempts.push(ids);
    return answer(ids);
  };
  recorder = new EndRecorder({ endSessions }, clock, (error) => failures.push(error));
});

const add = (id: string) => recorder.add(ending(id), (won) => recorded.push(`${id} ${won}`));
const fail = () => Promise.reject(new Error('the disk is full'));

describe('EndRecorder', () => {
  it('records together what ends together, and says who was first', async () => {
    answer = () => Promise.resolve(['b']);
    add('a');
    add('b');
    await recorder.flush();
    expect(attempts).toEqual([['a', 'b']]);
    expect(recorded).toEqual(['a false', 'b true']);
  });

  it('lets an end that was found twice be won once', async () => {
    add('a');
    add('a');
    await recorder.flush();
    expect(recorded).toEqual(['a true', 'a false']);
  });

  it('is flushed once the store has answered, not before', async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    answer = (ids) => slow.then(() => ids);
    add('a');
    await clock.advance(0);
    expect(attempts).toHaveLength(1);
    let flushed = false;
    const flushing = recorder.flush().then(() => (flushed = true));
    await clock.advance(0);
    expect(flushed).toBe(false);
    release();
    await flushing;
    expect(recorded).toEqual(['a true']);
  });

  it('tries a store that fails once a second, tells of each failure, and loses nothing', async () => {
    answer = fail;
    add('a');
    await clock.advance(0);
    add('b');
    await clock.advance(2500);
    expect(attempts).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
    expect(failures).toHaveLength(3);
    answer = (ids) => Promise.resolve(ids);
    await clock.advance(500);
    expect(recorded).toEqual(['a true', 'b true']);
    expect(clock.waiting).toBe(0);
  });

  it('says that it could not be flushed, and has no second try waiting once it could', async () => {
    answer = fail;
    add('a');
    await expect(recorder.flush()).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1000 });
    expect(clock.waiting).toBe(1);
    answer = (ids) => Promise.resolve(ids);
    await recorder.flush();
    expect(recorded).toEqual(['a true']);
    expect(clock.waiting).toBe(0);
    await clock.advance(5000);
    expect(attempts).toHaveLength(2);
  });
});

describe('endingOf', () => {
  const end = { at: 5, reason: 'revoked', limit: null } as const;

  it.each([
    ['portal', null, 'grace', 'Portal session of ada ended: revoked, it was ended by a person (by grace).'],
    ['portal', null, 'ada', 'Portal session of ada ended: revoked, it was ended by a person.'],
    ['kubernetes', 'c1', null, 'Kubernetes session at c1 of ada ended: revoked, it was ended by a person.'],
  ] as const)('says of a %s session at %s by %s: %s', (kind, clusterId, by, sentence) => {
    const { record } = endingOf({ id: 's', kind, clusterId, tenantId: null, lastActivityAt: 0 }, 'ada', end, 7, by);
    expect(record).toMatchObject({ at: 7, event: 'session.ended', actor: by ?? 'ada', subject: 's', sentence });
  });
});
