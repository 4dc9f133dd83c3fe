import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clockless, cycles, importsOf, isOwn, readSources, violations } from './import-rules.ts';

const sources = readSources(join(import.meta.dirname, '..', '..'));
const file = (path: string, text: string) => ({ path, text });

describe('the house', () => {
  it('is read', () => {
    expect(sources.length).toBeGreaterThan(150);
  });

  it('keeps to its import table', () => {
    expect(violations(sources)).toEqual([]);
  });

  it('imports in no form that the rules would overlook', () => {
    const overlooked = sources.flatMap((source) => {
      const mentioned = source.text.match(/(?<=from ['"]|import\(\s*['"`]|^import ['"])\.{1,2}\/[^'"`]+/gm) ?? [];
      const known = importsOf(source).filter(isOwn).length;
      return mentioned.length > known ? [source.path] : [];
    });
    expect(overlooked).toEqual([]);
  });

  it('has no circles', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('reads the time in the clock alone', () => {
    expect(clockless(sources)).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    ['src/core/a.ts', "import { z } from 'zod';"],
    ['src/core/a.ts', "import type { X } from '../sessions/x.ts';"],
    ['src/wire/a.ts', "import { x } from '../sessions/x.ts';"],
    ['src/sessions/a.ts', "import { x } from '../identity/x.ts';"],
    ['src/http/a.ts', "import {\n  x,\n} from '../kubernetes/gateway/x.ts';"],
    ['src/kubernetes/shell/a.ts', "import { x } from '../../system/x.ts';"],
    ['src/store/a.ts', "export { x } from '../main/x.ts';"],
    ['src/store/a.ts', "import { x } from '../system/x.ts';"],
    ['src/store/a.ts', "import { x } from './x.fixture.ts';"],
    ['src/http/a.ts', "export * from '../store/x.ts';"],
    ['src/config/a.ts', "import type { X } from '../system/x.ts';"],
    ['src/cli/a.ts', "import { x } from '../sessions/x.ts';"],
    ['src/core/a.ts', "import 'node:fs';"],
    ['src/core/a.ts', "let x: typeof import('node:fs');"],
    ['src/core/a.ts', 'import { x } from "../wire/x.ts";'],
    ['src/core/a.ts', "const x = await import(\n  '../wire/x.ts'\n);"],
    ['src/identity/a.ts', "import { start } from '../main.ts';"],
    ['src/web/a.tsx', "import { x } from '../http/x.ts';"],
    ['src/web/a.tsx', "const page = lazy(() => import('../sessions/x.ts'));"],
    ['src/web/a.tsx', "import { readFileSync } from 'node:fs';"],
    ['src/wire/a.ts', "import { join } from 'path';"],
    ['src/wire/a.ts', "const x = require('../sessions/x.ts');"],
    ['src/attic/a.ts', ''],
  ])('refuse in %s: %s', (path, text) => {
    expect(violations([file(path, text)])).toHaveLength(1);
  });

  it('allow what the table allows', () => {
    const text = "import { x } from '../core/x.ts';\nimport { z } from 'zod';\nimport { y } from './y.ts';";
    expect(violations([file('src/wire/a.ts', text), file('src/main.ts', "import { a } from './http/a.ts';")])).toEqual(
      [],
    );
  });

  it('find a circle', () => {
    const circle = [
      file('src/core/a.ts', "import { b } from './b.ts';"),
      file('src/core/b.ts', "import type { A } from './a.ts';"),
    ];
    expect(cycles(circle)).toEqual(['src/core/a.ts ↔ src/core/b.ts']);
  });

  it.each([
    'const now = Date.now();',
    'const read = Date.now;',
    'const { now } = Date;',
    'const today = new Date();',
    'const today = new Date;',
    'const today = Date();',
    'setTimeout(run, 5);',
    'const wait = setTimeout;',
    'globalThis.setTimeout(run, 5);',
    'timers.setInterval(run, 5);',
    'fetch(url, { signal: AbortSignal.timeout(5) });',
    'performance.now()',
    'process.uptime()',
    "import { setTimeout as sleep } from 'node:timers/promises';",
    "import { performance } from 'perf_hooks';",
  ])('find a clock in: %s', (line) => {
    expect(clockless([file('src/http/a.ts', line)])).toEqual(['src/http/a.ts:1']);
    expect(clockless([file('src/system/a.ts', line)])).toEqual([]);
  });

  it.each(['const then = new Date(at);', "'setTimeout' in socket", 'socket.setTimeout(0);', '// not setTimeout'])(
    'find no clock in: %s',
    (line) => {
      expect(clockless([file('src/http/a.ts', line)])).toEqual([]);
    },
  );
});
