import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { SignInThrottle, networkOf } from './throttle.ts';

function throttleAt(start = 0) {
  let now = start;
  const clock: Clock = { now: () => now, setTimer: () => ({ dispose: () => undefined }) };
  const throttle = new SignInThrottle(clock);
  return {
    throttle,
    /** How long an attempt would have to wait. */
    waitMs: (...who: Parameters<SignInThrottle['begin']>) => {
      const waitMs = throttle.begin(...who);
      if (waitMs === 0) throttle.dropped(...who);
      return waitMs;
    },
    /** How many of so many attempts at once may begin. */
    begin: (times: number, username = 'ada', address = '10.0.0.1', known: string | null = null) =>
      Array.from({ length: times }, () => throttle.begin(username, address, known)).filter((ms) => ms === 0).length,
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
    const { waitMs, fail } = throttleAt();
    fail(5);
    expect(waitMs('ada', '10.0.0.1', null)).toBe(0);
    const waits = Array.from({ length: 12 }, () => {
      fail(1);
      return waitMs('ada', '10.0.0.1', null);
    });
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(15 * 60_000);
  });

  it('does not let one network lock an account for another', () => {
    const { waitMs, fail } = throttleAt();
    fail(20, 'ada', '10.0.0.1');
    expect(waitMs('ada', '10.0.0.2', null)).toBe(0);
  });

  it('slows an account that many networks guess at, except for known devices', () => {
    const { waitMs, fail } = throttleAt();
    for (let host = 0; host < 60; host++) fail(1, 'ada', `10.0.${host}.1`);
    expect(waitMs('ada', '10.9.9.9', null)).toBeGreaterThan(0);
    expect(waitMs('ada', '10.9.9.9', 'device')).toBe(0);
  });

  it('lets no stranger on the same network lock out a known device, which counts for itself', () => {
    const { waitMs, fail } = throttleAt();
    fail(20);
    expect(waitMs('ada', '10.0.0.1', null)).toBeGreaterThan(0);
    expect(waitMs('ada', '10.0.0.1', 'device')).toBe(0);
    fail(6, 'ada', '10.0.0.1', 'device');
    expect(waitMs('ada', '10.0.0.1', 'device')).toBe(1000);
  });

  it('slows a network that tries many accounts', () => {
    const { waitMs, fail } = throttleAt();
    for (let user = 0; user < 31; user++) fail(1, `user${user}`, '10.0.0.1');
    expect(waitMs('fresh', '10.0.0.1', null)).toBeGreaterThan(0);
  });

  it('forgets after an hour without a failure, and at once after a success', () => {
    const { throttle, waitMs, fail, wait } = throttleAt();
    fail(8);
    wait(61 * 60_000);
    fail(1);
    expect(waitMs('ada', '10.0.0.1', null)).toBe(0);
    fail(8);
    throttle.succeeded('ada', '10.0.0.1', null);
    expect(waitMs('ada', '10.0.0.1', null)).toBe(0);
  });

  it('lets no more guesses begin at once than one after another', () => {
    const { throttle, begin, fail, wait } = throttleAt();
    expect(begin(50)).toBe(6);
    expect(throttle.begin('ada', '10.0.0.1', null)).toBe(1000);
    expect(begin(50, 'ada', '10.0.0.1', 'device')).toBe(6);
    fail(6);
    expect(begin(50)).toBe(0);
    wait(1000);
    expect(begin(50)).toBe(1);
    fail(1);
    wait(2000);
    expect(begin(50)).toBe(1);
  });

  it('takes an attempt back that succeeded or told nothing', () => {
    const { throttle, begin, fail } = throttleAt();
    fail(3);
    expect(begin(50)).toBe(3);
    throttle.dropped('ada', '10.0.0.1', null);
    expect(begin(50)).toBe(1);
    throttle.succeeded('ada', '10.0.0.1', null);
    // Two are under way still.
    expect(begin(50)).toBe(4);
  });

  it('lets as many people of one network sign in at once as may fail there', () => {
    const { throttle, begin } = throttleAt();
    const people = Array.from({ length: 40 }, (_, index) => `user${index}`);
    const begun = people.filter((name) => begin(1, name) === 1);
    expect(begun).toHaveLength(31);
    for (const name of begun) throttle.succeeded(name, '10.0.0.1', null);
    expect(people.filter((name) => begin(1, name) === 1)).toHaveLength(31);
  });

  it('forgets what is too old also for those that begin at once', () => {
    const { begin, fail, wait } = throttleAt();
    fail(8);
    wait(61 * 60_000);
    expect(begin(50)).toBe(6);
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
