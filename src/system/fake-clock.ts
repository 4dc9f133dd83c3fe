import type { Clock } from '../core/clock.ts';

/** A clock that stands still until a test moves it, and then runs what has become due, in order. */
export interface FakeClock extends Clock {
  /** Moves time forward, stopping at each timer on the way; promises get their turn after each. */
  advance(ms: number): Promise<void>;
  /** Jumps without stopping on the way, as after a sleep: due timers run late, in order, at the new time. */
  jump(ms: number): Promise<void>;
  /** How many timers are waiting; a test that ends with some has leaked them. */
  readonly waiting: number;
}

export function createFakeClock(startAt = Date.parse('2026-01-01T00:00:00Z')): FakeClock {
  let time = startAt;
  let nextId = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();

  const takeDue = (until: number): { at: number; callback: () => void } | undefined => {
    const [first] = [...timers].filter(([, { at }]) => at <= until).toSorted(([a, x], [b, y]) => x.at - y.at || a - b);
    if (first === undefined) return undefined;
    timers.delete(first[0]);
    return first[1];
  };
  const runDue = async (until: number, stopAtEach: boolean): Promise<void> => {
    for (let due = takeDue(until); due !== undefined; due = takeDue(until)) {
      if (stopAtEach) time = Math.max(time, due.at);
      due.callback();
      await letPromisesRun();
    }
  };

  return {
    now: () => time,
    setTimer(at, callback) {
      const id = nextId++;
      timers.set(id, { at, callback });
      return { dispose: () => void timers.delete(id) };
    },
    async advance(ms) {
      const until = time + ms;
      await runDue(until, true);
      time = until;
      await letPromisesRun();
    },
    async jump(ms) {
      time += ms;
      await runDue(time, false);
      await letPromisesRun();
    },
    get waiting() {
      return timers.size;
    },
  };
}

async function letPromisesRun(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
