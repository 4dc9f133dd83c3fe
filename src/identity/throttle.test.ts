import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import type { AttemptStore } from './ports.ts';
import { SignInThrottle, networkOf } from './throttle.ts';

function throttleAt(start = 0, store: AttemptStore = createMemoryStore()) {
  let now = start;
  const clock: Clock = { now: () => now, setTimer: () => ({ dispose: () => undefined }) };
  const throttle = new SignInThrottle({ clock, store, nameOf: (key) => `name of ${key}` });
  return {
    throttle,
    /** How long an attempt would have to wait. */
    waitMs: async (...who: Parameters<SignInThrottle['begin']>) => {
      const waitMs = await throttle.begin(...who);
      if (waitMs === 0) throttle.dropped(...who);
      return waitMs;
    },
    /** How many of so many attempts at once may begin. */
    begin: async (times: number, username = 'ada', address = '10.0.0.1', known: string | null = null) => {
      const waits = await Promise.all(Array.from({ length: times }, () => throttle.begin(username, address, known)));
      return waits.filter((ms) => ms === 0).length;
    },
    wait: (ms: number) => {
      now += ms;
    },
    fail: async (times: number, username = 'ada', address = '10.0.0.1', known: string | null = null) => {
      for (let count = 0; count < times; count++) await throttle.failed(username, address, known);
    },
  };
}

describe('SignInThrottle', () => {
  it('leaves five mistakes free and then doubles the delay up to a quarter of an hour', async () => {
    const { waitMs, fail } = throttleAt();
    await fail(5);
    expect(await waitMs('ada', '10.0.0.1', null)).toBe(0);
    const waits: number[] = [];
    for (let count = 0; count < 12; count++) {
      await fail(1);
      waits.push(await waitMs('ada', '10.0.0.1', null));
    }
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(15 * 60_000);
  });

  it('does not let one network lock an account for another', async () => {
    const { waitMs, fail } = throttleAt();
    await fail(20, 'ada', '10.0.0.1');
    expect(await waitMs('ada', '10.0.0.2', null)).toBe(0);
  });

  it('slows an account that many networks guess at, except for known devices', async () => {
    const { waitMs, fail } = throttleAt();
    for (let host = 0; host < 60; host++) await fail(1, 'ada', `10.0.${host}.1`);
    expect(await waitMs('ada', '10.9.9.9', null)).toBeGreaterThan(0);
    expect(await waitMs('ada', '10.9.9.9', 'device')).toBe(0);
  });

  it('lets no stranger on the same network lock out a known device, which counts for itself', async () => {
    const { waitMs, fail } = throttleAt();
    await fail(20);
    expect(await waitMs('ada', '10.0.0.1', null)).toBeGreaterThan(0);
    expect(await waitMs('ada', '10.0.0.1', 'device')).toBe(0);
    await fail(6, 'ada', '10.0.0.1', 'device');
    expect(await waitMs('ada', '10.0.0.1', 'device')).toBe(1000);
  });

  it('slows a network that tries many accounts', async () => {
    const { waitMs, fail } = throttleAt();
    for (let user = 0; user < 31; user++) await fail(1, `user${user}`, '10.0.0.1');
    expect(await waitMs('fresh', '10.0.0.1', null)).toBeGreaterThan(0);
  });

  it('forgets after an hour without a failure, and at once after a success', async () => {
    const { throttle, waitMs, fail, wait } = throttleAt();
    await fail(8);
    wait(61 * 60_000);
    await fail(1);
    expect(await waitMs('ada', '10.0.0.1', null)).toBe(0);
    await fail(8);
    await throttle.succeeded('ada', '10.0.0.1', null);
    expect(await waitMs('ada', '10.0.0.1', null)).toBe(0);
  });

  it('lets no more guesses begin at once than one after another', async () => {
    const { throttle, begin, fail, wait } = throttleAt();
    expect(await begin(50)).toBe(6);
    expect(await throttle.begin('ada', '10.0.0.1', null)).toBe(1000);
    expect(await begin(50, 'ada', '10.0.0.1', 'device')).toBe(6);
    await fail(6);
    expect(await begin(50)).toBe(0);
    wait(1000);
    expect(await begin(50)).toBe(1);
    await fail(1);
    wait(2000);
    expect(await begin(50)).toBe(1);
  });

  it('takes an attempt back that succeeded or told nothing', async () => {
    const { throttle, begin, fail } = throttleAt();
    await fail(3);
    expect(await begin(50)).toBe(3);
    throttle.dropped('ada', '10.0.0.1', null);
    expect(await begin(50)).toBe(1);
    await throttle.succeeded('ada', '10.0.0.1', null);
    // Two are under way still.
    expect(await begin(50)).toBe(4);
  });

  it('lets as many people of one network sign in at once as may fail there', async () => {
    const { throttle, begin } = throttleAt();
    const people = Array.from({ length: 40 }, (_, index) => `user${index}`);
    const begun: string[] = [];
    for (const name of people) if ((await begin(1, name)) === 1) begun.push(name);
    expect(begun).toHaveLength(31);
    for (const name of begun) await throttle.succeeded(name, '10.0.0.1', null);
    const again = await Promise.all(people.map((name) => begin(1, name)));
    expect(again.filter((begunNow) => begunNow === 1)).toHaveLength(31);
  });

  it('forgets what is too old also for those that begin at once', async () => {
    const { begin, fail, wait } = throttleAt();
    await fail(8);
    wait(61 * 60_000);
    expect(await begin(50)).toBe(6);
  });

  it('counts what fails through several replicas together, and beyond a restart', async () => {
    const store = createMemoryStore();
    const replicas = [throttleAt(0, store), throttleAt(0, store)] as const;
    for (let count = 0; count < 6; count++) await replicas[count % 2 === 0 ? 0 : 1].fail(1);
    for (const each of [...replicas, throttleAt(0, store)])
      expect(await each.waitMs('ada', '10.0.0.1', null)).toBe(1000);
    await replicas[0].throttle.succeeded('ada', '10.0.0.1', null);
    expect(await replicas[1].waitMs('ada', '10.0.0.1', null)).toBe(0);
  });

  it('does not count less where somebody asks while another fails', async () => {
    const store = createMemoryStore();
    let answer: () => void = () => undefined;
    const slow: AttemptStore = {
      ...store,
      async findFailures(keys) {
        const found = await store.findFailures(keys);
        await new Promise<void>((resolve) => (answer = resolve));
        return found;
      },
    };
    const { throttle, fail } = throttleAt(0, slow);
    await fail(5);
    const first = throttle.begin('ada', '10.0.0.1', null);
    await new Promise((resolve) => setImmediate(resolve));
    answer();
    expect(await first).toBe(0);
    const second = throttle.begin('ada', '10.0.0.1', null);
    await new Promise((resolve) => setImmediate(resolve));
    await fail(1);
    answer();
    expect(await second).toBe(1000);
  });

  it('stores no name as it was typed', async () => {
    const store = createMemoryStore();
    await throttleAt(0, store).fail(1, 'my password');
    expect((await store.findFailures(['account my password'])).size).toBe(0);
    expect((await store.findFailures(['name of account my password'])).size).toBe(1);
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
