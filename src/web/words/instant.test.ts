import { describe, expect, it } from 'vitest';
import { formatClock, formatExactly, formatRelative } from './instant.ts';

const NOON = new Date(2026, 10, 24, 12, 0, 0).getTime();

describe('formatRelative', () => {
  it.each([
    [NOON, 'just now'],
    [NOON + 3000, 'in a moment'],
    [NOON + 42 * 60_000, 'in 42 min'],
    [NOON - 65 * 60_000, '1 h 5 min ago'],
  ])('says %d as %s', (at, words) => {
    expect(formatRelative(at, NOON)).toBe(words);
  });
});

describe('formatClock', () => {
  it('names the day only where it is another one', () => {
    expect(formatClock(NOON + 60_000, NOON)).toBe('12:01');
    expect(formatClock(NOON - 86_400_000, NOON)).toBe('23 Nov 2026, 12:00');
  });
});

describe('formatExactly', () => {
  it('has seconds and a zone', () => {
    expect(formatExactly(NOON)).toMatch(/^24 Nov 2026, 12:00:00 \S+/);
  });
});
