import { expect, it } from 'vitest';
import { readCookie } from './cookies.ts';

it.each([
  [undefined, null],
  ['', null],
  ['__Host-curfew=abc', 'abc'],
  ['a=1; __Host-curfew=abc; b=2', 'abc'],
  ['x__Host-curfew=abc', null],
  // Two of one name: somebody may have planted one of them.
  ['__Host-curfew=abc; __Host-curfew=def', null],
])('readCookie of %s is %s', (header, value) => {
  expect(readCookie(header, '__Host-curfew')).toBe(value);
});
