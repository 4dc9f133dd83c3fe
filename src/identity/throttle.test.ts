import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { SignInThrottle, networkOf } from './throttle.ts';

function throttleAt(start = 0) {
  let now = start;
  const clock: Clock = { now: () => now, setTimer: () => ({ dispose: () => undefined }) };
  const throttle = new SignInThrottle(clock);
  return {
    throttle,
    wait: (ms: number) => {
      now += ms;
    },
    fail: (times: number, username = 'ada', address = '10.0.0.1', known: string | null = null) => {
      for (let count = 0; count < times; count++) throttle.failed(username, address, known);
    },
  };
}

describe('SignInThrottle', () => {
  it('leaves five mistakes free and then doubles the delay up to a quarter of an hour', () => {
    const { throttle, fail } = throttleAt();
    fail(5);
    expect(throttle.waitMs('ada', '10.0.0.1', null)).toBe(0);
    const waits = Array.from({ length: 12 }, () => {
      fail(1);
      return throttle.waitMs('ada', '10.0.0.1', null);
    });
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(15 * 60_000);
  });

  it('does not let one network lock an account for another', () => {
    const { throttle, fail } = throttleAt();
    fail(20, 'ada', '10.0.0.1');
    expect(throttle.waitMs('ada', '10.0.0.2', null)).toBe(0);
  });

  it('slows an account that many networks guess at, except for known devices', () => {
    const { throttle, fail } = throttleAt();
    for (let host = 0; host < 60; host++) fail(1, 'ada', `10.0.${host}.1`);
    expect(throttle.waitMs('ada', '10.9.9.9', null)).toBeGreaterThan(0);
    expect(throttle.waitMs('ada', '10.9.9.9', 'device')).toBe(0);
  });

  it('lets no stranger on the same network lock out a known device, which counts for itself', () => {
    const { throttle, fail } = throttleAt();
    fail(20);
    expect(throttle.waitMs('ada', '10.0.0.1', null)).toBeGreaterThan(0);
    expect(throttle.waitMs('ada', '10.0.0.1', 'device')).toBe(0);
    fail(6, 'ada', '10.0.0.1', 'device');
    expect(throttle.waitMs('ada', '10.0.0.1', 'device')).toBe(1000);
  });

  it('slows a network that tries many accounts', () => {
    const { throttle, fail } = throttleAt();
    for (let user = 0; user < 31; user++) fail(1, `user${user}`, '10.0.0.1');
    expect(throttle.waitMs('fresh', '10.0.0.1', null)).toBeGreaterThan(0);
  });

  it('forgets after an hour without a failure, and at once after a success', () => {
    const { throttle, fail, wait } = throttleAt();
    fail(8);
    wait(61 * 60_000);
    fail(1);
    expect(throttle.waitMs('ada', '10.0.0.1', null)).toBe(0);
    fail(8);
    throttle.succeeded('ada', '10.0.0.1', null);
    expect(throttle.waitMs('ada', '10.0.0.1', null)).toBe(0);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
