import type { Clock } from '../core/clock.ts';
import { createTimers } from './clock.ts';

/** What the database's clock said, and when it was asked by the stopwatch of this process. */
export interface ClockSample {
  readonly databaseNow: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** The clock of a replica: that of the database, which all replicas share (design, section 2.9). */
export interface DatabaseClock extends Clock {
  /** Learns what the database's clock says; to be called again and again. */
  learn(sample: ClockSample): void;
  /** Milliseconds that only grow, for samples. */
  stopwatch(): number;
  /** By how many milliseconds the machine's own clock is ahead of the database's. */
  skewMs(): number;
}

/** Two clocks drift apart by at most so much; ordinary ones do by a tenth of it. */
const DRIFT = 1e-3;
/** Where this process finds itself ahead, its clock goes at half speed until the database's has caught up. */
const SLOWED = 0.5;

/**
 * `now` is what the database's clock should say: its last answer, and the time since. So the wall clock of the machine
 * may be wrong. It never runs backward: after a lead it goes slower, which can only end sessions early.
 *
 * @param first at least one sample; the one that was answered fastest counts
 * @param floor the newest instant that is stored
 */
export function createDatabaseClock(
  first: readonly ClockSample[],
  floor = 0,
  sources: { wall(): number; monotonic(): number } = { wall: Date.now, monotonic: () => performance.now() },
): DatabaseClock {
  const [best] = first.toSorted((a, b) => delayOf(a) - delayOf(b));
  if (best === undefined) throw new Error('a database clock needs a sample');
  let known = take(best);
  let last = Math.max(floor, estimate());
  let lastMonotonic = sources.monotonic();

  function take(sample: ClockSample) {
    // The answer was written half the way back, give or take the other half.
    const midway = (sample.askedAt + sample.answeredAt) / 2;
    const sinceMidway = sources.monotonic() - midway;
    return {
      databaseAt: sample.databaseNow,
      monotonicAt: midway,
      wallAt: sources.wall() - sinceMidway,
      errorMs: delayOf(sample) / 2,
    };
  }

  function estimate(): number {
    // While the machine sleeps only its wall clock goes on.
    const byWall = sources.wall() - known.wallAt;
    return known.databaseAt + Math.max(sources.monotonic() - known.monotonicAt, byWall);
  }

  function now(): number {
    const should = estimate();
    const monotonic = sources.monotonic();
    last = Math.max(should, last + (monotonic - lastMonotonic) * SLOWED);
    lastMonotonic = monotonic;
    return Math.floor(last);
  }

  function learn(sample: ClockSample): void {
    const next = take(sample);
    const age = next.monotonicAt - known.monotonicAt;
    const errorNow = known.errorMs + age * DRIFT;
    const difference = Math.abs(estimate() - (next.databaseAt + sources.monotonic() - next.monotonicAt));
    // A slow answer says little, unless it proves that what was known is wrong.
    if (next.errorMs <= errorNow || difference > next.errorMs + errorNow) known = next;
  }

  return {
    now,
    ...createTimers(now),
    learn,
    stopwatch: sources.monotonic,
    skewMs: () => Math.round(sources.wall() - estimate()),
  };
}

/** How often the database is asked for the time before anything starts. */
const FIRST_SAMPLES = 5;

/**
 * The clock of a replica that starts.
 *
 * @param databaseNow what time it is by the database, in milliseconds
 * @throws what `databaseNow` throws
 */
export async function openDatabaseClock(databaseNow: () => Promise<number>, floor: number): Promise<DatabaseClock> {
  const samples: ClockSample[] = [];
  for (let count = 0; count < FIRST_SAMPLES; count++) {
    const askedAt = performance.now();
    samples.push({ databaseNow: await databaseNow(), askedAt, answeredAt: performance.now() });
  }
  return createDatabaseClock(samples, floor);
}

function delayOf({ askedAt, answeredAt }: ClockSample): number {
  return answeredAt - askedAt;
}
