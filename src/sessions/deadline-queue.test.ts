import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from './deadline-queue.ts';

interface Item {
  readonly name: number;
  queuedAt: number;
}

describe('DeadlineQueue', () => {
  it('gives what is due in the order of the instants, each item once at its latest instant', () => {
    const anyStep = fc.oneof(
      fc.record({ do: fc.constant('add' as const), item: fc.nat(20), at: fc.nat(100) }),
      fc.record({ do: fc.constant('remove' as const), item: fc.nat(20) }),
      fc.record({ do: fc.constant('take' as const), now: fc.nat(100) }),
      fc.record({ do: fc.constant('reset' as const) }),
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200, size: 'max' }), (steps) => {
        const queue = new DeadlineQueue<Item>();
        const items = Array.from({ length: 21 }, (_, name): Item => ({ name, queuedAt: Number.NaN }));
        const model = new Map<number, number>();
        for (const step of steps) {
          const item = 'item' in step ? items[step.item] : undefined;
          if (step.do === 'add' && item !== undefined) {
            queue.add(item, step.at);
            model.set(step.item, step.at);
          } else if (step.do === 'remove' && item !== undefined) {
            queue.remove(item);
            model.delete(step.item);
          } else if (step.do === 'reset') {
            queue.reset(
              items.filter(({ name }) => model.has(name)),
              ({ name }) => model.get(name) ?? 0,
            );
          } else if (step.do === 'take') {
            const next = Math.min(...model.values());
            expect(queue.nextAt()).toBe(next);
            const taken = queue.takeDue(step.now);
            if (next > step.now) expect(taken).toBeUndefined();
            else {
              expect(model.get(taken?.name ?? -1)).toBe(next);
              model.delete(taken?.name ?? -1);
            }
          }
        }
      }),
    );
  });

  it('does not keep what was removed or moved until its instant comes', () => {
    const queue = new DeadlineQueue<Item>();
    const lasting: Item = { name: 0, queuedAt: Number.NaN };
    for (let name = 1; name <= 10_000; name++) {
      const item: Item = { name, queuedAt: Number.NaN };
      queue.add(item, 1_000_000 + name);
      queue.add(lasting, 2_000_000 - name);
      queue.remove(item);
    }
    expect(queue.size).toBeLessThan(200);
    expect(queue.takeDue(3_000_000)).toBe(lasting);
    expect(queue.takeDue(3_000_000)).toBeUndefined();
  });

  it('never gives what has no deadline', () => {
    const queue = new DeadlineQueue<Item>();
    queue.add({ name: 1, queuedAt: Number.NaN }, Infinity);
    expect(queue.takeDue(Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(queue.nextAt()).toBe(Infinity);
  });
});
