import { expect, it } from 'vitest';
import { describeFewFiles, mostOpenFiles } from './open-files.ts';

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units
Max processes             7000                 7000                 processes
Max open files            ${soft.padEnd(20)} 1048576              files
`;

it('says how many streams few files are enough for, and nothing of many', () => {
  expect(describeFewFiles(20_000)).toContain('open 20000 files, which is enough for about 9750 streams');
  expect(describeFewFiles(256)).toContain('about 0 streams');
  expect(describeFewFiles(65_536)).toBeNull();
});

it('reads the limit of a process, and of this one', () => {
  expect(mostOpenFiles(limits('20000'))).toBe(20_000);
  expect(mostOpenFiles(limits('unlimited'))).toBe(Number.POSITIVE_INFINITY);
  expect(mostOpenFiles('')).toBe(Number.POSITIVE_INFINITY);
  expect(mostOpenFiles()).toBeGreaterThan(0);
});
