import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('lets a few happen at a time, what is urgent first, and says when all is done', async () => {
  const turns = createTurns(1);
  const begun: string[] = [];
  const work = (name: string, isUrgent?: boolean) => turns.take(async () => void begun.push(name), isUrgent);
  const gate = Promise.withResolvers<void>();
  const first = turns.take(() => gate.promise);
  const others = [work('a'), work('b'), work('urgent', true), work('urgent too', true)];
  await Promise.resolve();
  expect(begun).toEqual([]);
  gate.resolve();
  await turns.allDone();
  expect(begun).toEqual(['urgent', 'urgent too', 'a', 'b']);
  await Promise.all([first, ...others]);
  await work('after all');
  expect(begun.at(-1)).toBe('after all');
});
