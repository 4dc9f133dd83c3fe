import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

it('is held by one of several that find a dead lock at the same time', { timeout: 30_000 }, async () => {
  const { pid } = spawnSync('true');
  const path = lockOf('contended');
  writeFileSync(path, JSON.stringify({ pid, startTime: '1' }));
  const go = lockOf('go');
  const module = new URL('process-lock.ts', import.meta.url).href;
  const script = `
    import { existsSync, writeFileSync } from 'node:fs';
    const { lockFolder } = await import('${module}');
    console.log('ready');
    while (!existsSync('${go}'));
    console.log('release' in lockFolder('${path}') ? 'locked' : 'held');
    process.stdin.resume();
  `;
  const racers = Array.from({ length: 3 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
  try {
    const outputs = racers.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]());
    const next = () => Promise.all(outputs.map(async (output) => (await output.next()).value as string));
    expect(await next()).toEqual(['ready', 'ready', 'ready']);
    writeFileSync(go, '');
    expect((await next()).toSorted()).toEqual(['held', 'held', 'locked']);
  } finally {
    for (const racer of racers) racer.kill('SIGKILL');
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('contended'))).toEqual(['contended']);
});

it('knows a process by pid and start time', () => {
  expect(identifyProcess(process.pid)).toEqual({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
});
