import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import { poll } from './delay.ts';

/** SQLite's SQLITE_BUSY. */
const BUSY = 5;
const FOREVER_MS = Number.MAX_SAFE_INTEGER / 2;

/**
 * Waits until this process alone holds the lock. The kernel releases it when the holder dies, however it dies, so
 * there is no stale lock to judge; SQLite does the locking, since Node has no `flock`.
 *
 * @param onWait called once when somebody else holds it
 * @returns releases it
 */
export async function takeLock(
  file: string,
  { clock, signal, onWait }: { clock: Clock; signal?: AbortSignal | undefined; onWait?: () => void },
): Promise<() => void> {
  let hasWaited = false;
  const release = await poll(
    () => {
      const held = tryLock(file);
      if (held === null && !hasWaited) {
        hasWaited = true;
        onWait?.();
      }
      return held;
    },
    { clock, everyMs: 500, forMs: FOREVER_MS, signal },
  );
  if (release === null) throw new Error(`nobody released ${file}`);
  return release;
}

function tryLock(file: string): (() => void) | null {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return null;
    throw error;
  }
}
