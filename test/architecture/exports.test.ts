import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unusedExports } from './export-rules.ts';
import { readSources } from './import-rules.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const outside = ['test/**/*.ts', 'bench/**/*.ts', 'bin/*', '*.config.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

it('the house exports nothing that nobody imports', () => {
  const sources = readSources(ROOT);
  expect(unusedExports(sources, [...sources, ...outside])).toEqual([]);
});

describe('the rule', () => {
  const find = (text: string, importer = '') => {
    const file = { path: 'src/core/a.ts', text };
    return unusedExports([file], [file, { path: 'src/http/b.ts', text: importer }]);
  };

  it.each([
    'export const a = 1;\nuse(a);',
    'export async function a() {}',
    'export class a {}',
    'export abstract class a {}',
    'export interface a {}',
    'export type a = string;',
  ])('finds an export that nobody imports: %s', (text) => {
    expect(find(text)).toEqual(['src/core/a.ts: a']);
    expect(find(text, "import { a } from '../wire/a.ts';")).toEqual(['src/core/a.ts: a']);
    expect(find(text, "import { b as a } from '../core/a.ts';")).toEqual(['src/core/a.ts: a']);
  });

  it.each([
    "import { a } from '../core/a.ts';",
    "import type { a } from '../core/a.ts';",
    "import {\n  b,\n  type a as c,\n} from '../core/a.ts';",
    "export { a } from '../core/a.ts';",
    "import * as all from '../core/a.ts';",
    "export * from '../core/a.ts';",
    "const page = lazy(() => import('../core/a.ts'));",
  ])('passes what is imported: %s', (importer) => {
    expect(find('export const a = 1;', importer)).toEqual([]);
  });

  it('passes a type that another signature of its file names', () => {
    expect(find('export interface Ports {}\nfunction create(ports: Ports) {}')).toEqual([]);
  });
});
