import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';

/** How often one that waits looks. */
const LOOK_MS = 15;
/** How old a lock can be at most whose holder still works; longer than a portal may be silent. */
const OLDEST_MS = 30_000;
/** Whoever has waited this long goes ahead: two that ask are better than one that hangs. */
const LONGEST_WAIT_MS = 20_000;

/**
 * Runs `work` while no other process runs its own under the same lock. The lock saves requests and keeps nothing apart that
 * must be apart: one whose holder is gone is taken over without much ado.
 */
export async function withLock<Result>(path: string, clock: Clock, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const giveUpAt = clock.now() + LONGEST_WAIT_MS;
  let isOurs = take(path);
  while (!isOurs && clock.now() < giveUpAt) {
    if (isAbandoned(path, clock.now())) rmSync(path, { force: true });
    else await pause(clock);
    isOurs = take(path);
  }
  try {
    return await work();
  } finally {
    if (isOurs) rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(path: string, now: number): boolean {
  try {
    if (now - statSync(path).mtimeMs > OLDEST_MS) return true;
    const holder = Number(readFileSync(path, 'utf8'));
    // Empty for the moment between making it and writing into it.
    if (holder === 0) return false;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(clock.now() + LOOK_MS, resolve);
  });
}
