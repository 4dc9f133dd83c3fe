import { describe, expect, it, vi } from 'vitest';
import type { StreamListener } from './event-stream.ts';
import { ENDED } from './own-session.fixture.ts';
import { createSessionFeed } from './session-feed.ts';
import type { FeedListener } from './session-feed.ts';

interface Opened {
  listener: StreamListener;
  signal: AbortSignal;
  close(): void;
  fail(): void;
}

function streams() {
  const opened: Opened[] = [];
  const listen = (listener: StreamListener, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      opened.push({ listener, signal, close: resolve, fail: () => reject(new Error('cut')) });
      signal.addEventListener('abort', () => resolve());
      listener.opened();
    });
  return { opened, listen };
}

/** Locks as browsers give them: one holder, the others wait in line. */
function lockManager(): Pick<LockManager, 'request'> {
  let tail: Promise<unknown> = Promise.resolve();
  const request = (_name: string, _options: unknown, callback: () => Promise<unknown>) => {
    tail = tail.then(callback);
    return tail;
  };
  return { request: request as unknown as LockManager['request'] };
}

const listenerOf = (): FeedListener => ({
  opened: vi.fn<FeedListener['opened']>(),
  deadlineMoved: vi.fn<FeedListener['deadlineMoved']>(),
  ended: vi.fn<FeedListener['ended']>(),
  lost: vi.fn<FeedListener['lost']>(),
});
const settle = async () => {
  await vi.advanceTimersByTimeAsync(0);
};

vi.useFakeTimers();

describe('createSessionFeed', () => {
  it('lets one tab listen for all, and the next one when it closes', async () => {
    const { opened, listen } = streams();
    const locks = lockManager();
    const first = createSessionFeed(listen, locks);
    const second = createSessionFeed(listen, locks);
    for (const feed of [first, second]) {
      feed.start(listenerOf());
      feed.follow('s1');
    }
    await settle();
    expect(opened).toHaveLength(1);
    first.stop();
    await settle();
    expect(opened).toHaveLength(2);
    expect(opened[0]?.signal.aborted).toBe(true);
    first.start(listenerOf());
    await settle();
    expect(opened).toHaveLength(2);
    second.stop();
    await settle();
    expect(opened).toHaveLength(3);
    first.stop();
  });

  it('tries again after a loss, says so, and stops after an end until there is a new session', async () => {
    const { opened, listen } = streams();
    const listener = listenerOf();
    const feed = createSessionFeed(listen, null);
    feed.start(listener);
    feed.follow('s1');
    await settle();
    opened[0]?.fail();
    await settle();
    expect(listener.lost).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(600);
    expect(opened).toHaveLength(2);
    opened[1]?.listener.ended(ENDED);
    opened[1]?.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(listener.ended).toHaveBeenCalledWith(ENDED, 's1');
    expect(opened).toHaveLength(2);
    feed.follow('s2');
    await settle();
    expect(opened).toHaveLength(3);
    feed.stop();
  });

  it('opens nothing while nobody is signed in', async () => {
    const { opened, listen } = streams();
    const feed = createSessionFeed(listen, null);
    feed.start(listenerOf());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(opened).toHaveLength(0);
    feed.stop();
  });
});
