import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUDIT_EVENTS } from '../../src/core/audit-record.ts';
import { CATALOGUE } from '../../src/core/catalogue.ts';
import { END_REASONS } from '../../src/core/end-reason.ts';
import { NEEDED } from '../support/preconditions.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted();
const SECURITY = 'docs/guide/security.md';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('links to pages and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)/g)];
    const broken = links.filter(([, path = '', heading = '']) => {
      const target = path === '' ? document : join(dirname(document), path);
      return !existsSync(join(ROOT, target)) || (heading !== '' && !anchorsOf(read(target)).includes(heading));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names files that exist', () => {
    const paths = [...text.matchAll(/`((?:src|test|docs|bin|\.ci)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

/** Each list item of the security page is a test file and the titles of tests in it. */
it('the security page names tests that exist', () => {
  const items = read(SECURITY)
    .replaceAll(/\n {2,}/g, ' ')
    .matchAll(/^- `([^`]+\.test\.ts)`: (.+)$/gm);
  const named = [...items].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ file, title }) => !read(file).includes(title))).toEqual([]);
});

it('the guide names every setting with its default, every end reason and every metric', () => {
  const cells = (path: string): string => read(path).replaceAll(/ +\| +/g, ' | ');
  const settings = CATALOGUE.map(({ label, key, defaultMinutes }) => `| ${label} | \`${key}\` | ${defaultMinutes} |`);
  const reasons = END_REASONS.map((reason) => `| \`${reason}\` |`);
  const metrics = [...read('src/system/metrics.ts').matchAll(/'(curfew_\w+)'/g)].map(([, name]) => `\`${name}\``);
  expect(metrics.length).toBeGreaterThan(4);
  const missing = (path: string, texts: string[]) => texts.filter((text) => !cells(path).includes(text));
  expect(missing('docs/guide/administrators.md', settings)).toEqual([]);
  expect(missing('docs/guide/users.md', reasons)).toEqual([]);
  expect(missing('docs/guide/operating.md', metrics)).toEqual([]);
});

it('the guide names every event of the audit, and none that there is not', () => {
  const section = read('docs/guide/administrators.md').split('\n## The audit\n')[1]?.split('\n## ')[0] ?? '';
  const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, event = '']) => event));
  expect(named.toSorted()).toEqual(AUDIT_EVENTS.toSorted());
});

it('the README names what `npm test` installs, and nothing else', () => {
  const names = NEEDED.map(({ name }) => name);
  const named =
    /\*\*`npm test`\*\* [^.]+\. It installs with apt what is missing of ([^.]+)\./.exec(
      read('README.md').replaceAll(/\s+/g, ' '),
    )?.[1] ?? '';
  expect(named.split(/, | and /).toSorted()).toEqual(names.toSorted());
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) =>
      `#${heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
}
