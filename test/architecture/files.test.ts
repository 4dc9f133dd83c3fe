import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const MOST_LINES = 300;
/** Code that only Linux can run may be tested on Linux alone; `npm test` needs Linux. */
const SKIPPED = /\b(?:it|test|describe)\.(?:skip|only|todo|skipIf|runIf\((?!process\.platform === 'linux'\)))/;

const files = ['src', 'test', 'bench']
  .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT, exclude: ['**/node_modules/**'] }))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

describe('the house', () => {
  it(`has no file of more than ${MOST_LINES} lines`, () => {
    expect(files.length).toBeGreaterThan(300);
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > MOST_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('skips no test', () => {
    expect(files.filter(({ text }) => SKIPPED.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('would notice one', () => {
    for (const way of ['skip', 'only', 'todo', 'skipIf', 'runIf(isRoot)']) expect(`it.${way}`).toMatch(SKIPPED);
  });
});
