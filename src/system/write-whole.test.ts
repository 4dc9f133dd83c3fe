import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeOnce, writeWhole } from './write-whole.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-write-'));
  path = join(folder, 'file');
  writeWhole(path, 'old');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('puts a file there for its owner only, and leaves nothing beside it', () => {
  writeWhole(path, Buffer.from('new'));
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file']);
});

it('touches nothing of the old one: whoever has it open reads it to its end', () => {
  const reader = openSync(path, 'r');
  writeWhole(path, 'new');
  expect(readFileSync(reader, 'utf8')).toBe('old');
  closeSync(reader);
});

it('leaves the old one where the new one cannot be written', () => {
  mkdirSync(`${path}.new`);
  expect(() => writeWhole(path, 'new')).toThrow('EISDIR');
  expect(readFileSync(path, 'utf8')).toBe('old');
});

it('leaves what another process was first to put there, and nothing beside it', () => {
  writeOnce(path, 'new');
  expect(readFileSync(path, 'utf8')).toBe('old');
  const other = join(folder, 'other');
  writeOnce(other, 'new');
  expect([readFileSync(other, 'utf8'), statSync(other).mode & 0o777]).toEqual(['new', 0o600]);
  expect(readdirSync(folder).toSorted()).toEqual(['file', 'other']);
});
