import { expect, it } from 'vitest';
import { connectionBounds } from './waiting-connections.ts';

it('connections that wait take at most a quarter of the files', () => {
  expect(connectionBounds(Number.POSITIVE_INFINITY).mostWaiting).toBe(2000);
  expect(connectionBounds(1024).mostWaiting).toBe(256);
});
