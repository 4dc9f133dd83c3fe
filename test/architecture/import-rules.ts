import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';

/** The import table of the house: which rooms of `src` each room may look into. `npm` stands for packages. */
const TABLE: Record<string, readonly string[]> = {
  core: [],
  wire: ['core', 'npm'],
  sessions: ['core', 'npm', 'node'],
  // Who somebody is and what sessions they have change together (docs/adr/0010).
  identity: ['core', 'sessions', 'npm', 'node'],
  config: ['core', 'npm', 'node'],
  ...Object.fromEntries(
    ['store', 'kubernetes', 'replicas', 'http', 'compat', 'audit', 'system'].map((adapter) => [
      adapter,
      ['core', 'wire', 'sessions', 'identity', 'npm', 'node'],
    ]),
  ),
  web: ['core', 'wire', 'npm'],
  cli: ['core', 'wire', 'npm', 'node'],
  // Where the parts meet; nobody looks into it.
  main: [
    'core',
    'wire',
    'sessions',
    'identity',
    'config',
    'store',
    'replicas',
    'kubernetes',
    'http',
    'compat',
    'audit',
    'system',
    'cli',
    'npm',
    'node',
  ],
};

/** Where time may be read and timers set. */
const CLOCK_ROOMS = new Set(['system', 'web']);
const READS_TIME = new RegExp(
  [
    String.raw`\bDate\.now\b|\bnew Date\b(?!\(\s*[^)\s])|(?<!new )\bDate\(\)|\} = Date\b`,
    // Also handed on without being called; a method of that name on something else is no clock.
    String.raw`(?<!['"]|(?<!\b(?:globalThis|window|self|timers))\.)\b(?:setTimeout|setInterval)\b`,
    String.raw`\bAbortSignal\.timeout\b|\bperformance\.(?:now|timeOrigin)\b|\bhrtime\b|\buptime\(`,
    String.raw`['"](?:node:)?(?:timers|perf_hooks)\b`,
  ].join('|'),
);

export interface SourceFile {
  /** From the root of the repository, e.g. `src/core/clock.ts`. */
  readonly path: string;
  readonly text: string;
}

export function readSources(root: string): SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(root.length + 1), text: readFileSync(path, 'utf8') }))
    .toSorted((a, b) => a.path.localeCompare(b.path));
}

/** The room of a file: `src/main.ts` and `src/main/` are one. */
export function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

/** What a file imports: paths from the root for its own, `node` for what is built in, `npm` for everything else. */
export function importsOf({ path, text }: SourceFile): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"`]([^'"`]+)['"`]|(?:^|\n)import\s+['"]([^'"]+)['"]|\brequire\(\s*['"`]([^'"`]+)['"`]/g,
  );
  return [...found].map((match) => {
    const specifier = match.slice(1).find((each) => each !== undefined) ?? '';
    if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier));
    return isBuiltin(specifier) ? 'node' : 'npm';
  });
}

/** Whether an import leads to another file of ours. */
export function isOwn(imported: string): boolean {
  return imported !== 'npm' && imported !== 'node';
}

/** Every import that the table does not allow, as `file → what`. Tests may look anywhere, and only tests into them. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.filter(isProduct).flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = TABLE[room];
    if (allowed === undefined) return [`${file.path}: no such room in the import table`];
    return importsOf(file)
      .filter((imported) => {
        if (!isProduct({ path: imported })) return true;
        const target = isOwn(imported) ? roomOf(imported) : imported;
        return target !== room && !allowed.includes(target);
      })
      .map((imported) => `${file.path} → ${imported}`);
  });
}

/** Files that import each other in a circle, each circle once. */
export function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.filter(isProduct).map((file) => [file.path, importsOf(file).filter(isOwn)]));
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.add(trail.slice(start).toSorted().join(' ↔ '));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return [...found];
}

/** Lines that read the time or set a timer outside of the clock. */
export function clockless(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isProduct(file) && !CLOCK_ROOMS.has(roomOf(file.path)))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (READS_TIME.test(line) && !isComment(line) ? [`${path}:${index + 1}`] : [])),
    );
}

function isProduct({ path }: Pick<SourceFile, 'path'>): boolean {
  return !/\.(?:test|contract|fixture)\.tsx?$/.test(path) && !path.includes('/test-');
}

function isComment(line: string): boolean {
  return /^\s*(?:\*|\/\/|\/\*)/.test(line);
}
