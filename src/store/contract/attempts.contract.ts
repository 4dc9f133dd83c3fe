import { beforeEach, describe, expect, it } from 'vitest';
import type { Failures } from '../../identity/ports.ts';
import type { Store } from '../store.ts';

export function describeAttempts(current: () => Store): void {
  describe('failed attempts', () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const at =
      (lastAt: number) =>
      (_key: string, { count }: Failures): Failures => ({ count: count + 1, lastAt, blockedUntil: lastAt + count });

    it('are counted under each key by itself', async () => {
      const first = await store.countFailure(['b', 'a'], at(10));
      const once = { count: 1, lastAt: 10, blockedUntil: 10 };
      expect(first).toEqual(new Map(Object.entries({ a: once, b: once })));
      await store.countFailure(['a', 'c'], at(20));
      const found = await store.findFailures(['a', 'b', 'd']);
      expect(found).toEqual(new Map(Object.entries({ a: { count: 2, lastAt: 20, blockedUntil: 21 }, b: once })));
    });

    it('are all counted that come at once, whatever the order of their keys', async () => {
      const orders = [
        ['a', 'b', 'c'],
        ['c', 'b', 'a'],
        ['b', 'd'],
      ];
      await Promise.all(Array.from({ length: 30 }, (_, index) => store.countFailure(orders[index % 3] ?? [], at(10))));
      const found = await store.findFailures(['a', 'b', 'c', 'd']);
      const counts = Object.fromEntries([...found].map(([key, { count }]) => [key, count]));
      expect(counts).toEqual({ a: 20, b: 30, c: 20, d: 10 });
    });

    it('are forgotten by key, and once they are old', async () => {
      await store.countFailure(['a', 'b'], at(10));
      await store.countFailure(['c'], at(20));
      await store.forgetFailuresOf('a');
      await store.forgetFailuresOf('nobody');
      expect([...(await store.findFailures(['a', 'b', 'c'])).keys()].toSorted()).toEqual(['b', 'c']);
      await store.forgetFailures({ before: 20, beyond: 9 });
      expect([...(await store.findFailures(['a', 'b', 'c'])).keys()]).toEqual(['c']);
    });

    it('are no more than so many: those go that are oldest', async () => {
      const keys = ['a', 'b', 'c', 'd', 'e'];
      for (const [index, key] of keys.entries()) await store.countFailure([key], at(10 + index));
      const left = async () => [...(await store.findFailures(keys)).keys()].toSorted();
      await store.forgetFailures({ before: 0, beyond: 5 });
      expect(await left()).toEqual(keys);
      await store.forgetFailures({ before: 0, beyond: 2 });
      expect(await left()).toEqual(['d', 'e']);
      await store.countFailure(['a', 'b', 'c'], at(14));
      // Those of one instant go together.
      await store.forgetFailures({ before: 0, beyond: 3 });
      expect(await left()).toEqual([]);
      await store.countFailure(['a', 'b', 'c'], at(15));
      await store.countFailure(['d'], at(16));
      await store.forgetFailures({ before: 0, beyond: 3 });
      expect(await left()).toEqual(['d']);
    });
  });
}
