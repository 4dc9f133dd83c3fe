import type { StreamListener } from './event-stream.ts';

const LOCK = 'curfew-session-events';
const RETRY_MS = [500, 1000, 2000, 5000, 10_000];

export interface FeedListener extends Omit<StreamListener, 'deadlineMoved' | 'ended'> {
  deadlineMoved(news: Parameters<StreamListener['deadlineMoved']>[0], sessionId: string): void;
  ended(end: Parameters<StreamListener['ended']>[0], sessionId: string): void;
  /** The stream was refused or broke off: what was missed must be asked for. */
  lost(): void;
}

export interface SessionFeed {
  /** Takes its turn among the browser's tabs; again after `stop`, too. */
  start(listener: FeedListener): void;
  /** Which session to listen to; null for none. */
  follow(sessionId: string | null): void;
  /** Tries again at once, for example since the page is visible again. */
  retryNow(): void;
  /** Lets another tab listen. */
  stop(): void;
}

type Listen = (listener: StreamListener, signal: AbortSignal) => Promise<void>;
type Locks = Pick<LockManager, 'request'> | null;

/**
 * The stream of session events, held by one tab of the browser for all (a browser allows six connections to a host).
 * Whoever gets the lock listens; when that tab closes, the lock goes to the next. Where locks do not exist, each tab
 * listens for itself.
 */
export function createSessionFeed(listen: Listen, locks: Locks = globalThis.navigator.locks ?? null): SessionFeed {
  let turn = new AbortController();
  let following: string | null = null;
  let attempt = new AbortController();
  let wake: () => void = () => undefined;

  const sleep = (ms: number | null): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (ms !== null) setTimeout(resolve, ms);
    });

  const listenOnce = async (sessionId: string, listener: FeedListener): Promise<'over' | 'lost' | 'held'> => {
    const outcome = { over: false, opened: false };
    attempt = new AbortController();
    const { signal } = attempt;
    const guarded: StreamListener = {
      opened: () => {
        outcome.opened = true;
        listener.opened();
      },
      deadlineMoved: (news) => listener.deadlineMoved(news, sessionId),
      ended: (end) => {
        outcome.over = true;
        listener.ended(end, sessionId);
      },
    };
    // A stream that fails is tried again, and what was missed is asked for: nothing is left to do with the error.
    await listen(guarded, signal).catch(() => undefined);
    if (outcome.over) return 'over';
    if (!signal.aborted) listener.lost();
    return outcome.opened ? 'held' : 'lost';
  };

  const lead = async (listener: FeedListener, stopped: AbortSignal): Promise<void> => {
    let failures = 0;
    while (!stopped.aborted) {
      const sessionId = following;
      if (sessionId === null) {
        failures = 0;
        await sleep(null);
        continue;
      }
      const outcome = await listenOnce(sessionId, listener);
      if (following !== sessionId || stopped.aborted) continue;
      failures = outcome === 'lost' ? failures + 1 : 0;
      await sleep(outcome === 'over' ? null : (RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0));
    }
  };

  return {
    start: (listener) => {
      turn = new AbortController();
      const { signal } = turn;
      const run = (): Promise<void> => lead(listener, signal);
      const held = locks === null ? run() : locks.request(LOCK, { signal }, run);
      held.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    follow: (sessionId) => {
      if (sessionId === following) return;
      following = sessionId;
      attempt.abort();
      wake();
    },
    retryNow: () => wake(),
    stop: () => {
      turn.abort();
      attempt.abort();
      wake();
    },
  };
}
