import { describe, expect, it } from 'vitest';
import { createUidPool, shellUidRange } from './uid-pool.ts';

describe('uids for shells', () => {
  it('come from a high range where all uids are mapped', () => {
    expect(shellUidRange('         0          0 4294967295\n')).toEqual({ first: 1_900_000_000, count: 100_000_000 });
  });

  it('come from a small range in a container, and from none where too few are mapped', () => {
    expect(shellUidRange('0 100000 65536\n')?.first).toBe(60_600);
    expect(shellUidRange('0 1000 1\n')).toBeNull();
    expect(shellUidRange('')).toBeNull();
  });

  it('are never lent twice, until they run out', () => {
    const pool = createUidPool({ first: 100, count: 3 }, () => 102);
    const lent = [pool.take(), pool.take(), pool.take()];
    expect(lent).toEqual([102, 100, 101]);
    expect(pool.take()).toBeNull();
    pool.giveBack(101);
    expect(pool.take()).toBe(101);
  });

  it('stay within the range', () => {
    const range = { first: 5000, count: 50 };
    const pool = createUidPool(range);
    const lent = Array.from({ length: 50 }, () => pool.take());
    expect(new Set(lent).size).toBe(50);
    for (const uid of lent) expect(uid).toSatisfy((each: number) => each >= 5000 && each < 5050);
  });
});
