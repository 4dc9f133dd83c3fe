import { describe, expect, it } from 'vitest';
import { count, formatDuration, formatTimeLeft, readMinutes } from './duration.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [3_900_000, '1 h 5 min'],
    [86_400_000, '1 d'],
    [183_600_000, '2 d 3 h'],
  ])('says %d ms as %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});

describe('formatTimeLeft', () => {
  it('never says 0 s while something is left', () => {
    expect(formatTimeLeft(1)).toBe('1 s');
    expect(formatTimeLeft(59_001)).toBe('60 s');
    expect(formatTimeLeft(0)).toBe('0 s');
    expect(formatTimeLeft(-1)).toBe('0 s');
  });
});

describe('readMinutes', () => {
  it.each([
    [0, 'off'],
    [1, '1 minute'],
    [60, '1 hour'],
    [90, '1 hour 30 minutes'],
    [480, '8 hours'],
    [1440, '1 day'],
    [43_200, '30 days'],
  ])('reads %d as %s', (minutes, words) => {
    expect(readMinutes(minutes)).toBe(words);
  });
});

describe('count', () => {
  it('knows one from many', () => {
    expect(count(1, 'session')).toBe('1 session');
    expect(count(0, 'session')).toBe('0 sessions');
    expect(count(1200, 'entry', 'entries')).toBe('1,200 entries');
  });
});
