import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamKind } from '../sessions/stream.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import { Drain, SETTLE_MS } from './drain.ts';

/** A process with streams, and what is done to it, with how many milliseconds after the signal. */
function given(streams: Partial<Record<StreamKind, number>>) {
  const clock = createFakeClock(0);
  const log: string[] = [];
  const note = (what: string): void => void log.push(`${clock.now()} ${what}`);
  const drain = new Drain();
  const run = (forMs: number): Promise<void> =>
    drain
      .run(forMs, {
        clock,
        pool: {
          cutAllStreams(end, kind) {
            note(`cut ${kind ?? 'all'}: ${end.reason}`);
            for (const each of Object.keys(streams) as StreamKind[])
              if (kind === undefined || kind === each) streams[each] = 0;
          },
          countStreams: () => streams,
        },
        announceStop: (at) => note(`stops at ${at}`),
        finishRequests: async (until) => note(`requests until ${until}`),
      })
      .then(() => note('done'));
  return { clock, log, drain, run, streams };
}

describe('a process that is told to stop', () => {
  let test: ReturnType<typeof given>;
  beforeEach(() => {
    test = given({ terminal: 1, watch: 2, events: 3, request: 1 });
  });

  it('opens nothing new from that moment on, and says to try again', () => {
    test.drain.admitStream();
    void test.run(20_000);
    expect(test.drain.isOn()).toBe(true);
    expect(test.drain.admitStream).toThrow(expect.objectContaining({ code: 'unavailable', retryAfterMs: 1000 }));
  });

  it('lets pages listen elsewhere, tells terminals, and cuts what is left when the time is over', async () => {
    const stopping = test.run(20_000);
    await test.clock.advance(19_999);
    expect(test.log).toEqual(['0 cut events: shutdown', '0 stops at 20000']);
    await test.clock.advance(200);
    await stopping;
    expect(test.log.slice(2)).toEqual(['20000 requests until 20000', '20000 cut all: shutdown', '20150 done']);
    expect(test.clock.waiting).toBe(0);
  });

  it('waits no longer than anything is open, besides requests, and until others have noticed', async () => {
    const stopping = test.run(20_000);
    await test.clock.advance(5000);
    Object.assign(test.streams, { terminal: 0, watch: 0 });
    await test.clock.advance(300);
    await stopping;
    expect(test.log.at(-2)).toBe('5100 cut all: shutdown');
    const idle = given({});
    const idleStopping = idle.run(20_000);
    await idle.clock.advance(SETTLE_MS + 200);
    await idleStopping;
    expect(idle.log.at(-2)).toBe(`${SETTLE_MS} cut all: shutdown`);
  });

  it('cuts everything at once where no time is given', async () => {
    const stopping = test.run(0);
    expect(test.log).toEqual(['0 cut all: shutdown']);
    await test.clock.advance(150);
    await stopping;
  });
});
