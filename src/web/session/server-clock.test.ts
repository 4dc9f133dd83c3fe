import { describe, expect, it } from 'vitest';
import { createServerClock } from './server-clock.ts';

function clocks() {
  const at = { wall: 1_000_000, monotonic: 0 };
  const clock = createServerClock(
    () => at.wall,
    () => at.monotonic,
  );
  const pass = (ms: number) => {
    at.wall += ms;
    at.monotonic += ms;
  };
  return { at, clock, pass };
}

describe('createServerClock', () => {
  it('assumes that the server read its clock half way through the exchange', () => {
    const { clock, pass } = clocks();
    const sentAt = clock.local();
    pass(100);
    clock.answered(5_000_000, sentAt);
    expect(clock.now()).toBe(5_000_050);
    pass(1000);
    expect(clock.now()).toBe(5_001_050);
  });

  it('does not go back when the wall clock is set back', () => {
    const { at, clock, pass } = clocks();
    const before = clock.now();
    at.wall -= 3_600_000;
    at.monotonic += 10;
    expect(clock.now()).toBe(before + 10);
    pass(5);
    expect(clock.now()).toBe(before + 15);
  });

  it('goes on after a jump forward and back', () => {
    const { at, clock, pass } = clocks();
    const before = clock.now();
    at.wall += 3_600_000;
    clock.now();
    at.wall -= 3_600_000;
    clock.answered(before, clock.local());
    pass(60_000);
    expect(clock.now()).toBe(before + 60_000);
  });

  it('counts sleep, during which the monotonic clock stands still', () => {
    const { at, clock } = clocks();
    const before = clock.now();
    at.wall += 8 * 3_600_000;
    expect(clock.now()).toBe(before + 8 * 3_600_000);
  });

  it('lets a pushed event move it forward, never back', () => {
    const { clock } = clocks();
    const before = clock.now();
    clock.heard(before - 500);
    expect(clock.now()).toBe(before);
    clock.heard(before + 500);
    expect(clock.now()).toBe(before + 500);
  });
});
