import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../system/fake-clock.ts';
import { Feed } from './feed.ts';
import { parseHint } from './hints.ts';

/** A database that answers, refuses or keeps silent. */
function given() {
  const clock = createFakeClock(0);
  const log: string[] = [];
  let state: 'answers' | 'refuses' | 'silent' = 'answers';
  let listening = true;
  let connectMs = 0;
  let rereadMs = 0;
  let drop: (error: unknown) => void = () => undefined;
  const reply = (): Promise<void> => {
    if (state === 'silent') return new Promise(() => undefined);
    return state === 'refuses' ? Promise.reject(new Error('refused')) : Promise.resolve();
  };
  const wait = (ms: number): Promise<void> =>
    ms === 0 ? Promise.resolve() : new Promise((resolve) => clock.setTimer(clock.now() + ms, resolve));
  const feed = new Feed(
    {
      clock,
      async connect(hear, closed) {
        if (!listening) throw new Error('no more connections');
        await reply();
        await wait(connectMs);
        drop = closed;
        log.push('connected');
        hear('limits');
        return { ask: reply, tell: () => Promise.resolve(), close: () => undefined };
      },
      hear: (payload) => void log.push(`heard ${payload}`),
      async reread() {
        await reply();
        await wait(rereadMs);
        log.push('read again');
      },
      stale: () => void log.push(`stale at ${clock.now()}`),
      changed: (isCurrent) => void log.push(isCurrent ? 'current' : 'lost'),
    },
    { boundMs: 15_000 },
  );
  const be = (next: typeof state) => void (state = next);
  return {
    clock,
    log,
    feed,
    be,
    drop: () => drop(new Error('gone')),
    listen: (yes: boolean) => void (listening = yes),
    connectIn: (ms: number) => void (connectMs = ms),
    rereadIn: (ms: number) => void (rereadMs = ms),
  };
}

describe('the feed of what other replicas write', () => {
  let test: ReturnType<typeof given>;
  beforeEach(async () => {
    test = given();
    await test.feed.start();
  });

  it('listens first and reads after it, so that nothing is missed in between', () => {
    expect(test.log).toEqual(['connected', 'heard limits', 'read again', 'current']);
    expect(test.feed.isCurrent()).toBe(true);
  });

  it('does not start without the database', async () => {
    const other = given();
    other.be('refuses');
    await expect(other.feed.start()).rejects.toThrow('refused');
    expect(other.feed.isCurrent()).toBe(false);
    await other.clock.advance(60_000);
    expect([other.log, other.clock.waiting]).toEqual([[], 0]);
  });

  it('stays current for as long as the database answers', async () => {
    await test.clock.advance(60_000);
    expect(test.feed.isCurrent()).toBe(true);
    expect(test.log).not.toContain('lost');
  });

  it('is not current from the moment a connection is lost, and reads everything again after the next', async () => {
    test.drop();
    expect(test.feed.isCurrent()).toBe(false);
    test.log.length = 0;
    await test.clock.advance(600);
    expect(test.log).toEqual(['connected', 'heard limits', 'read again', 'current']);
    expect(test.feed.isCurrent()).toBe(true);
    await test.clock.advance(60_000);
    expect(test.log).not.toContain('lost');
  });

  it('comes back over a network on which it takes four seconds to connect', async () => {
    test.connectIn(4000);
    test.drop();
    await test.clock.advance(4600);
    expect(test.feed.isCurrent()).toBe(true);
  });

  it('notices a database that keeps silent within three seconds, and cuts at the bound', async () => {
    test.be('silent');
    await test.clock.advance(3000);
    expect(test.feed.isCurrent()).toBe(false);
    await test.clock.advance(10_000);
    expect(test.log.filter((line) => line.startsWith('stale'))).toEqual([]);
    await test.clock.advance(30_000);
    // Counted from the last answer, not from the moment that the loss was noticed; and again, for streams since then.
    expect(test.log.filter((line) => line.startsWith('stale'))).toEqual(['stale at 15000', 'stale at 30000']);
    test.be('answers');
    await test.clock.advance(11_000);
    expect(test.feed.isCurrent()).toBe(true);
    test.log.length = 0;
    await test.clock.advance(60_000);
    expect(test.log).toEqual([]);
  });

  it('cuts nothing where rows can be read though nobody listens; requests ask the store meanwhile', async () => {
    test.listen(false);
    test.drop();
    await test.clock.advance(60_000);
    expect(test.feed.isCurrent()).toBe(false);
    expect(test.log.filter((line) => line.startsWith('stale'))).toEqual([]);
    expect(test.log.filter((line) => line === 'read again').length).toBeGreaterThan(50);
  });

  it('holds one connection, though it is lost while everything is read again', async () => {
    test.drop();
    await test.clock.advance(499);
    test.be('silent');
    await test.clock.advance(1);
    test.drop();
    await test.clock.advance(5000);
    test.be('answers');
    test.log.length = 0;
    await test.clock.advance(20_000);
    expect(test.log.filter((line) => line === 'connected')).toHaveLength(1);
    expect(test.feed.isCurrent()).toBe(true);
  });

  describe('that heard something', () => {
    const fails = (): Promise<void> => Promise.reject(new Error('cannot be read'));
    const hangs = (): Promise<void> => new Promise(() => undefined);
    const works = (): Promise<void> => Promise.resolve();

    it('is lost where that cannot be acted upon', async () => {
      test.feed.act(fails);
      await test.clock.advance(0);
      expect(test.feed.isCurrent()).toBe(false);
      await test.clock.advance(600);
      expect(test.feed.isCurrent()).toBe(true);
    });

    it('is lost where that takes longer than two seconds', async () => {
      test.feed.act(hangs);
      await test.clock.advance(1999);
      expect(test.feed.isCurrent()).toBe(true);
      await test.clock.advance(1);
      expect(test.feed.isCurrent()).toBe(false);
    });

    it('reads everything again where that failed while it was connecting', async () => {
      test.drop();
      test.connectIn(100);
      test.rereadIn(200);
      await test.clock.advance(650);
      test.feed.act(fails);
      await test.clock.advance(0);
      test.log.length = 0;
      await test.clock.advance(200);
      expect(test.log).not.toContain('current');
      await test.clock.advance(1000);
      // Once more what was under way, once without a feed, and once with the next connection.
      const connected = ['connected', 'heard limits', 'read again', 'current'];
      expect(test.log).toEqual(['read again', 'read again', ...connected]);
    });

    it('is not lost again for what the connection before it could not act upon', async () => {
      test.feed.act(hangs);
      test.drop();
      await test.clock.advance(1000);
      test.feed.act(works);
      test.log.length = 0;
      await test.clock.advance(10_000);
      expect(test.log).toEqual([]);
    });
  });

  it('does nothing any more once it is stopped', async () => {
    test.drop();
    test.feed.stop();
    test.log.length = 0;
    await test.clock.advance(60_000);
    expect(test.log).toEqual([]);
    expect(test.clock.waiting).toBe(0);
  });
});

describe('hints', () => {
  it.each([
    ['end ps_1', { what: 'session', id: 'ps_1' }],
    ['activity ks_2 1700000000000', { what: 'session', id: 'ks_2' }],
    ['user u_3', { what: 'user', id: 'u_3' }],
    ['limits', { what: 'limits' }],
    ['grants', { what: 'grants' }],
    ['tenants', { what: 'tenants' }],
  ])('%s', (payload, hint) => expect(parseHint(payload)).toEqual(hint));

  it.each(['', 'end', 'settings', 'activity', 'user', 'something new 7'])(
    'what is not known is left alone: %s',
    (payload) => expect(parseHint(payload)).toBeNull(),
  );
});
