import { expect, it } from 'vitest';
import { parsePlace, placeText } from './place.ts';

it.each([
  [{ clusterId: 'local', tenantId: null }, 'local'],
  [{ clusterId: 'local', tenantId: '5f3c' }, 'local/5f3c'],
])('a place %j is the text %s and back', (place, text) => {
  expect(placeText(place)).toBe(text);
  expect(parsePlace(text)).toEqual(place);
  for (const id of ['', 'ks_1']) expect(parsePlace(`${text}~${id}`)).toEqual(place);
});
