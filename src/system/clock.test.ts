import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from './clock.ts';

/** A wall clock and a monotonic one, as the machine has them, moved by hand. */
function createSources(wall = 1_000_000) {
  const sources = { wallAt: wall, monotonicAt: 0, wall: () => sources.wallAt, monotonic: () => sources.monotonicAt };
  const pass = (ms: number) => {
    sources.wallAt += ms;
    sources.monotonicAt += ms;
  };
  return { sources, pass };
}

describe('now', () => {
  it('follows the wall clock', () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(0, sources);
    pass(5000);
    expect(clock.now()).toBe(1_005_000);
  });

  it('never runs backward, and goes on with real time, when the wall clock jumps back', () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(0, sources);
    pass(1000);
    expect(clock.now()).toBe(1_001_000);
    sources.wallAt -= 3_600_000;
    expect(clock.now()).toBe(1_001_000);
    pass(500);
    expect(clock.now()).toBe(1_001_500);
  });

  it('jumps forward with the wall clock, as after a sleep that the monotonic clock did not count', () => {
    const { sources } = createSources();
    const clock = createSystemClock(0, sources);
    sources.wallAt += 3_600_000;
    expect(clock.now()).toBe(4_600_000);
  });

  it.each([150, 400, 10_000])('does not run ahead when it is asked every %i ns', (stepNs) => {
    let [steps, ahead] = [0, 0];
    const time = () => (steps * stepNs) / 1e6;
    const startAt = 1_790_000_000_000;
    const clock = createSystemClock(0, { wall: () => Math.floor(startAt + time()), monotonic: time });
    while (++steps < 300_000) ahead = Math.max(ahead, clock.now() - Math.floor(startAt + time()));
    expect(ahead).toBe(0);
  });

  it('does not stay ahead because the process was paused while it read its sources', () => {
    const { sources, pass } = createSources();
    let pauseMs = 0;
    const pause = () => {
      pass(pauseMs);
      pauseMs = 0;
    };
    // A pause hits whichever source is read next, after its value was taken.
    const read = (source: () => number) => {
      const value = source();
      pause();
      return value;
    };
    const clock = createSystemClock(0, { wall: () => read(sources.wall), monotonic: () => read(sources.monotonic) });
    pass(5);
    pauseMs = 50;
    clock.now();
    pass(5);
    expect(clock.now()).toBe(sources.wallAt);
    pass(5);
    expect(clock.now()).toBe(sources.wallAt);
  });

  it('starts no earlier than what is stored', () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(2_000_000, sources);
    expect(clock.now()).toBe(2_000_000);
    pass(10);
    expect(clock.now()).toBe(2_000_010);
  });
});

describe('setTimer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('never fires early, nor within the call', async () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(0, sources);
    const fired: number[] = [];
    clock.setTimer(clock.now() + 1500, () => fired.push(clock.now()));
    clock.setTimer(clock.now() - 5, () => fired.push(clock.now()));
    expect(fired).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(fired).toEqual([1_000_000]);
    // The timer of the event loop fires before the time has come: it waits on.
    await vi.advanceTimersByTimeAsync(1500);
    expect(fired).toHaveLength(1);
    pass(1500);
    await vi.advanceTimersByTimeAsync(1000);
    expect(fired).toEqual([1_000_000, 1_001_500]);
  });

  it('notices a sleep within a second', async () => {
    const { sources } = createSources();
    const clock = createSystemClock(0, sources);
    let fired = false;
    clock.setTimer(clock.now() + 3_600_000, () => (fired = true));
    sources.wallAt += 7_200_000;
    await vi.advanceTimersByTimeAsync(1000);
    expect(fired).toBe(true);
  });

  it('waits for more than the 24.8 days that a timer of the event loop can', async () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(0, sources);
    let fired = false;
    clock.setTimer(clock.now() + 2 ** 31 + 5000, () => (fired = true));
    await vi.advanceTimersByTimeAsync(2000);
    expect(fired).toBe(false);
    pass(2 ** 31 + 5000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(fired).toBe(true);
  });

  it('does not fire once disposed of', async () => {
    const { sources, pass } = createSources();
    const clock = createSystemClock(0, sources);
    const timer = clock.setTimer(clock.now() + 10, () => expect.unreachable());
    timer.dispose();
    pass(20);
    await vi.advanceTimersByTimeAsync(20);
    expect(vi.getTimerCount()).toBe(0);
  });
});
