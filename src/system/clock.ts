import type { Clock, Timer } from '../core/clock.ts';

/** Timers sleep at most this long at a time, so that a jump of the wall clock or a sleeping machine is noticed. */
const LONGEST_SLEEP_MS = 1000;

/**
 * The clock of a running portal: `now = max(wall clock, last now + monotonic time since)`, and at start never before
 * `floor`, the newest instant that is stored. So it never stands still and never runs backward (design, section 2.9).
 * A sleep counts by the wall clock alone: where that was set back before, only what it gains beyond `now`.
 *
 * @param sources replaceable, so that a test can make the wall clock jump
 */
export function createSystemClock(
  floor = 0,
  sources: { wall(): number; monotonic(): number } = { wall: Date.now, monotonic: () => performance.now() },
): Clock {
  // `now` is counted from here, and never by adding up: sums of many small steps would round ahead of real time.
  let base = Math.max(floor, sources.wall());
  let baseMonotonic = sources.monotonic();

  const now = (): number => {
    // The wall clock is read first: a pause between the two is then counted once, not kept as a lead for good.
    const wall = sources.wall();
    const monotonic = sources.monotonic();
    const counted = base + (monotonic - baseMonotonic);
    if (wall <= counted) return Math.floor(counted);
    base = wall;
    baseMonotonic = monotonic;
    return wall;
  };

  return { now, ...createTimers(now) };
}

/** Timers of a clock: exact to its millisecond, never early, also after the clock jumped. */
export function createTimers(now: () => number): Pick<Clock, 'setTimer'> {
  const setTimer = (at: number, callback: () => void): Timer => {
    let handle: NodeJS.Timeout;
    const sleep = (): void => {
      const left = at - now();
      if (left <= 0) callback();
      else handle = setTimeout(sleep, Math.min(Math.ceil(left), LONGEST_SLEEP_MS));
    };
    // Never within the call itself: whoever sets a timer may still be holding half-changed state.
    handle = setTimeout(sleep, Math.min(Math.max(0, Math.ceil(at - now())), LONGEST_SLEEP_MS));
    return { dispose: () => clearTimeout(handle) };
  };

  return { setTimer };
}
