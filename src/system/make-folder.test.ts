import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makePrivateFolder } from './make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('makes a folder and those above it, for its owner alone, once', () => {
  const path = join(folder, 'a', 'b');
  makePrivateFolder(path);
  makePrivateFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
});

it('gives up where there can be none', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makePrivateFolder(join(folder, 'file', 'below'))).toThrow('ENOTDIR');
  expect(() => makePrivateFolder('/proc/curfew/below')).toThrow('ENOENT');
});
