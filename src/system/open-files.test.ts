import { expect, it } from 'vitest';
import { describeFewFiles } from './open-files.ts';

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units
Max processes             7000                 7000                 processes
Max open files            ${soft.padEnd(20)} 1048576              files
`;

it('says how many streams few files are enough for, and nothing of many', () => {
  expect(describeFewFiles(limits('20000'))).toContain('open 20000 files, which is enough for about 9750 streams');
  expect(describeFewFiles(limits('256'))).toContain('about 0 streams');
  expect(describeFewFiles(limits('65536'))).toBeNull();
  expect(describeFewFiles(limits('unlimited'))).toBeNull();
  expect(describeFewFiles('')).toBeNull();
});

it('reads the limit of this process', () => {
  expect(describeFewFiles() ?? 'enough').toMatch(/^enough$|may open \d+ files/);
});
