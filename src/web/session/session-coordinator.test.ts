import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, UnreachableError } from '../api/api-error.ts';
import { ENDED, minutesPastNoon, ownSession } from './own-session.fixture.ts';
import { createServerClock } from './server-clock.ts';
import type { TabMessage } from './session-channel.ts';
import { SessionCoordinator } from './session-coordinator.ts';
import type { FeedListener } from './session-feed.ts';

type Reply = ReturnType<typeof ownSession> | Error;

/** A browser: tabs that share a channel, and a portal that answers as `reply` says. */
function browser() {
  const tabs: { hear: (message: TabMessage) => void }[] = [];
  const portal = { reply: ownSession() as Reply, calls: [] as string[] };
  const openTab = () => {
    const me = { hear: (_: TabMessage) => undefined as void };
    tabs.push(me);
    const feed: { listener: FeedListener | null; followed: (string | null)[] } = { listener: null, followed: [] };
    const call = (request: { path: string; method?: string }) => {
      portal.calls.push(`${request.method ?? 'GET'} ${request.path}`);
      return portal.reply instanceof Error ? Promise.reject(portal.reply) : Promise.resolve(portal.reply);
    };
    const session = new SessionCoordinator({
      call: call as never,
      clock: createServerClock(),
      channel: {
        post: (message) => tabs.filter((tab) => tab !== me).forEach((tab) => tab.hear(message)),
        listen: (listener) => {
          me.hear = listener;
        },
        close: () => undefined,
      },
      feed: {
        start: (listener) => {
          feed.listener = listener;
        },
        follow: (id) => feed.followed.push(id),
        retryNow: () => undefined,
        stop: () => undefined,
      },
    });
    session.start();
    return { session, feed };
  };
  return { portal, openTab };
}

function refusal(endReason: 'max-duration' | 'replaced' | undefined) {
  return new ApiError(
    {
      type: 'about:blank',
      title: 'The session has ended',
      status: 401,
      detail: 'Over.',
      code: 'session-ended',
      ...(endReason === undefined ? {} : { endReason, endedAt: minutesPastNoon(1) }),
    },
    null,
  );
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('SessionCoordinator', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse(minutesPastNoon(0)) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows nothing before the portal answered', async () => {
    const { openTab } = browser();
    const { session } = openTab();
    expect(session.state().phase).toBe('unknown');
    await settle();
    expect(session.state().phase).toBe('live');
  });

  it('ends every tab when one of them hears of the end', async () => {
    const { openTab } = browser();
    const tabs = [openTab(), openTab(), openTab()];
    await settle();
    tabs[1]?.feed.listener?.ended(ENDED, 's1');
    expect(tabs.map(({ session }) => session.state().phase)).toEqual(['ended', 'ended', 'ended']);
  });

  it('hides at its own deadline even though the portal is out of reach, and asks until it answers', async () => {
    const { portal, openTab } = browser();
    const { session } = openTab();
    await settle();
    portal.reply = new UnreachableError();
    await vi.advanceTimersByTimeAsync(60 * 60_000 - 1);
    expect(session.state().phase).toBe('live');
    await vi.advanceTimersByTimeAsync(1);
    expect(session.state()).toMatchObject({ phase: 'ended', confirmed: false });
    const asked = portal.calls.length;
    await vi.advanceTimersByTimeAsync(11_000);
    expect(portal.calls.length).toBeGreaterThan(asked + 1);
    portal.reply = refusal('max-duration');
    await vi.advanceTimersByTimeAsync(5000);
    expect(session.state()).toMatchObject({ phase: 'ended', confirmed: true, end: { reason: 'max-duration' } });
  });

  it('comes back where its own countdown was wrong', async () => {
    const { portal, openTab } = browser();
    const { session } = openTab();
    await settle();
    portal.reply = ownSession({ endsAt: minutesPastNoon(90), now: minutesPastNoon(60) });
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(session.state().phase).toBe('ended');
    await vi.advanceTimersByTimeAsync(500);
    expect(session.state()).toMatchObject({ phase: 'live', own: { endsAt: minutesPastNoon(90) } });
  });

  it('hides before it asks when a machine wakes up after the deadline', async () => {
    const { portal, openTab } = browser();
    const { session } = openTab();
    await settle();
    vi.setSystemTime(Date.parse(minutesPastNoon(300)));
    portal.reply = refusal('max-duration');
    session.recheck();
    expect(session.state().phase).toBe('ended');
    await settle();
    expect(session.state()).toMatchObject({ confirmed: true });
  });

  it('carries on in every tab when one signs in again', async () => {
    const { portal, openTab } = browser();
    const [first, second] = [openTab(), openTab()];
    await settle();
    portal.reply = ownSession({ id: 's2', endsAt: minutesPastNoon(120) });
    await first.session.signIn('ada', 'secret');
    second.feed.listener?.ended({ ...ENDED, reason: 'replaced' }, 's1');
    expect(second.session.state().phase).toBe('live');
    await settle();
    expect(second.session.state()).toMatchObject({ phase: 'live', own: { session: { id: 's2' } } });
    expect(second.feed.followed.at(-1)).toBe('s2');
  });

  it('ignores the end of the session that was replaced', async () => {
    const { portal, openTab } = browser();
    const { session, feed } = openTab();
    await settle();
    portal.reply = ownSession({ id: 's2' });
    await session.signIn('ada', 'secret');
    feed.listener?.ended(ENDED, 's1');
    session.refused(refusal('max-duration').problem, 's1');
    await settle();
    expect(session.state()).toMatchObject({ phase: 'live', own: { session: { id: 's2' } } });
  });

  it('brings ended tabs back when somebody signs in elsewhere', async () => {
    const { portal, openTab } = browser();
    const [first, second] = [openTab(), openTab()];
    await settle();
    first.feed.listener?.ended(ENDED, 's1');
    expect(second.session.state().phase).toBe('ended');
    portal.reply = ownSession({ id: 's2' });
    await first.session.signIn('ada', 'secret');
    await settle();
    expect(second.session.state()).toMatchObject({ phase: 'live', own: { session: { id: 's2' } } });
  });

  it('signs out everywhere', async () => {
    const { openTab } = browser();
    const [first, second] = [openTab(), openTab()];
    await settle();
    await first.session.signOut();
    for (const { session } of [first, second])
      expect(session.state()).toMatchObject({ phase: 'ended', end: { reason: 'signed-out' } });
  });

  it('does not ask for ever where the portal says that the cookie was replaced', async () => {
    const { portal, openTab } = browser();
    const { session } = openTab();
    await settle();
    portal.reply = refusal('replaced');
    await session.check();
    await vi.advanceTimersByTimeAsync(2000);
    expect(session.state().phase).toBe('ended');
    expect(portal.calls).toHaveLength(2);
  });
});
