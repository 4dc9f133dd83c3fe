import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeMissingWeb } from './build-web.ts';

it('says what to do where the web UI was not built, and nothing where it was', () => {
  expect(describeMissingWeb(join(import.meta.dirname, 'none'))).toContain('Run `npm start` once');
  expect(describeMissingWeb(import.meta.dirname)).toBeNull();
});
