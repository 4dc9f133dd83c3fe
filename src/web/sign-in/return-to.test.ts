import { describe, expect, it } from 'vitest';
import { safeReturnTo } from './return-to.ts';

const ORIGIN = 'http://localhost:8080';

describe('safeReturnTo', () => {
  it.each([
    ['/clusters?search=a#b', '/clusters?search=a#b'],
    ['/', '/'],
  ])('keeps the own page %s', (text, path) => {
    expect(safeReturnTo(text, ORIGIN)).toBe(path);
  });

  it.each([
    undefined,
    '',
    'clusters',
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    '/.//evil.example',
    'javascript:alert(1)',
    '/sign-in?returnTo=/sign-in',
  ])('goes home instead of to %s', (text) => {
    expect(safeReturnTo(text, ORIGIN)).toBe('/');
  });
});
