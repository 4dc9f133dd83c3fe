import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { identifyProcess, lockFolder } from './process-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));
const lockOf = (name: string) => join(folder, name);

it('is held by one, until it is given back', () => {
  const path = lockOf('a');
  const first = lockFolder(path);
  expect(lockFolder(path)).toEqual({ holder: process.pid });
  if ('release' in first) first.release();
  expect(existsSync(path)).toBe(false);
  expect(lockFolder(path)).toHaveProperty('release');
});

it('is taken over from a process that is gone, and from another one that got its pid', () => {
  const { pid } = spawnSync('true');
  writeFileSync(lockOf('gone'), JSON.stringify({ pid, startTime: '1' }));
  expect(lockFolder(lockOf('gone'))).toHaveProperty('release');
  writeFileSync(lockOf('reused'), JSON.stringify({ pid: process.pid, startTime: 'another' }));
  expect(lockFolder(lockOf('reused'))).toHaveProperty('release');
  writeFileSync(lockOf('half'), '{"pid":');
  expect(lockFolder(lockOf('half'))).toHaveProperty('release');
});

it('knows a process by pid and start time', () => {
  expect(identifyProcess(process.pid)).toEqual({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
});
