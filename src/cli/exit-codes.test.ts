import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROBLEMS } from '../wire/problems.ts';
import { EXIT_CODES } from './exit-codes.ts';

const GUIDE = join(import.meta.dirname, '..', '..', 'docs', 'guide', 'command-line.md');

it('are those of the refusals, and of nothing else', () => {
  const used = new Set([0, ...Object.values(PROBLEMS).map(({ exit }) => exit)]);
  expect([...used].map(String).toSorted()).toEqual(Object.keys(EXIT_CODES));
});

it('are what the guide says', () => {
  const rows = readFileSync(GUIDE, 'utf8').matchAll(/^\| (\d) +\| (.+?) +\|$/gm);
  expect(Object.fromEntries([...rows].map(([, code, meaning]) => [code, meaning]))).toEqual(EXIT_CODES);
});
