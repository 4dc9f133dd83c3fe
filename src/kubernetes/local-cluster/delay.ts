import type { Clock } from '../../core/clock.ts';

/** Waits; rejects with the signal's reason as soon as that is aborted. */
function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = clock.setTimer(clock.now() + ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    function abort(): void {
      timer.dispose();
      reject(signal?.reason as Error);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/**
 * Asks again and again, until the answer is not null or the time is over.
 *
 * @returns null when the time was over
 */
export async function poll<T>(
  ask: () => Promise<T | null> | T | null,
  { clock, everyMs, forMs, signal }: { clock: Clock; everyMs: number; forMs: number; signal?: AbortSignal | undefined },
): Promise<T | null> {
  const until = clock.now() + forMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    if (clock.now() >= until) return null;
    await delay(clock, everyMs, signal);
  }
}
