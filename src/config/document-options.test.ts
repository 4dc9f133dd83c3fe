import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentOptions } from './document-options.ts';

const GUIDE = join(import.meta.dirname, '..', '..', 'docs', 'guide', 'configuration.md');
const TABLE = /(<!-- options -->\n\n)[^]*?(\n\n<!-- \/options -->)/;

/** To bring the guide up to date: `npx vitest run --project unit src/config -u`. */
it('is what the guide says', async () => {
  const guide = readFileSync(GUIDE, 'utf8');
  expect(guide).toMatch(TABLE);
  const generated = guide.replace(TABLE, (_table, before: string, after: string) => before + documentOptions() + after);
  await expect(generated).toMatchFileSnapshot(GUIDE);
});
