import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../../system/fake-clock.ts';
import { openPodRelay } from './pod-relay.ts';
import { readFrames, writeFrame } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';

function openRelay() {
  const clock = createFakeClock();
  const read = readFrames();
  const sent: RelayFrame[] = [];
  const told = { closed: 0, lost: 0, requests: [] as string[] };
  const relay = openPodRelay(
    { send: (bytes) => void sent.push(...read(bytes)), close: () => void told.closed++ },
    clock,
    () => ({
      handleRequest(request, response) {
        told.requests.push(request.url ?? '');
        response.end('answer');
      },
      handleUpgrade: () => undefined,
    }),
    () => void told.lost++,
  );
  const types = (): string => sent.map(({ type }) => type).join(' ');
  return { clock, relay, sent, told, types };
}

const PING = writeFrame('ping', 0);
const REQUEST = Buffer.from('GET /api HTTP/1.1\r\nHost: x\r\n\r\n');
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the portal end of a relay', () => {
  it('asks at once and every ten seconds, and is lost after 30 s of silence', async () => {
    const { clock, relay, told, types } = openRelay();
    expect(types()).toBe('ping');
    relay.receive(PING);
    await relay.answered;
    await clock.advance(20_000);
    expect(types()).toBe('ping ping ping');
    relay.receive(PING);
    await clock.advance(39_999);
    expect(told).toMatchObject({ closed: 0, lost: 0 });
    await clock.advance(1);
    expect(told).toMatchObject({ closed: 1, lost: 1 });
    expect(clock.waiting).toBe(0);
  });

  it('answers what comes on a channel', async () => {
    const { relay, sent, told } = openRelay();
    relay.receive(Buffer.concat([writeFrame('open', 5), writeFrame('data', 5, REQUEST)]));
    await settled();
    expect(told.requests).toEqual(['/api']);
    const text = Buffer.concat(sent.filter(({ type }) => type === 'data').map(({ payload }) => payload)).toString();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[^]*answer$/);
    relay.cut();
  });

  it('passes nothing once it is cut, either way', async () => {
    const { clock, relay, sent, told } = openRelay();
    relay.receive(writeFrame('open', 5));
    relay.cut();
    relay.cut();
    const before = sent.length;
    relay.receive(writeFrame('data', 5, REQUEST));
    await clock.advance(60_000);
    await settled();
    expect([sent.length, told.requests, told.closed, told.lost, clock.waiting]).toEqual([before, [], 1, 0, 0]);
  });

  it.each([
    ['no frame', Buffer.from('hello, this is no frame')],
    ['a channel that is not open', writeFrame('data', 9, REQUEST)],
    ['a channel twice', Buffer.concat([writeFrame('open', 1), writeFrame('open', 1)])],
    ['a channel that there cannot be', writeFrame('open', 64)],
  ])('has nothing to do with a relay that sends %s', (_what, bytes) => {
    const { relay, told } = openRelay();
    relay.receive(bytes);
    expect(told).toMatchObject({ closed: 1, lost: 1 });
  });
});
