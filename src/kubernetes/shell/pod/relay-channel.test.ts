import { describe, expect, it } from 'vitest';
import { RelayChannel } from './relay-channel.ts';
import { MAX_PAYLOAD_BYTES, WINDOW_BYTES, grantFrame, readFrames, writeFrame } from './relay-frames.ts';
import type { FrameType } from './relay-frames.ts';

function openChannel() {
  const read = readFrames();
  const sent: [FrameType, number][] = [];
  let over = 0;
  const send = (frame: Buffer): void => {
    for (const { type, payload } of read(frame)) sent.push([type, payload.length]);
  };
  const channel = new RelayChannel(3, send, () => void over++);
  const receive = (type: FrameType, payload: Buffer = Buffer.alloc(0)): void =>
    channel.receive({ type, channel: 3, payload });
  return { channel, sent, receive, over: () => over };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('frames', () => {
  it('are read whole, however they are cut', () => {
    const bytes = Buffer.concat([
      writeFrame('open', 7),
      writeFrame('data', 7, Buffer.from('hello')),
      grantFrame(7, 70_000),
      writeFrame('ping', 0),
    ]);
    const read = readFrames();
    const frames = [...bytes].flatMap((byte) => read(Buffer.from([byte])));
    expect(frames.map(({ type, channel, payload }) => [type, channel, payload.toString('latin1')])).toEqual([
      ['open', 7, ''],
      ['data', 7, 'hello'],
      ['grant', 7, '\x00\x01\x11\x70'],
      ['ping', 0, ''],
    ]);
    expect(readFrames()(bytes)).toHaveLength(4);
  });

  it('are nothing else', () => {
    expect(() => readFrames()(Buffer.from('HTTP/1.1 200'))).toThrow(/not a frame/);
    expect(() => readFrames()(Buffer.from([0x44, 1, 0xff, 0xff]))).toThrow(/not a frame/);
  });
});

describe('a channel', () => {
  it('sends no more than it was granted', async () => {
    const { channel, sent, receive } = openChannel();
    let written = false;
    channel.write(Buffer.alloc(WINDOW_BYTES + 10), () => (written = true));
    await settled();
    const pieces = WINDOW_BYTES / MAX_PAYLOAD_BYTES;
    expect(sent).toEqual(Array.from({ length: pieces }, () => ['data', MAX_PAYLOAD_BYTES]));
    expect(written).toBe(false);
    receive('grant', grantFrame(3, 10).subarray(4));
    await settled();
    expect(sent.at(-1)).toEqual(['data', 10]);
    expect(written).toBe(true);
  });

  it('grants more only as what came is read, and takes no more than that', async () => {
    const { channel, sent, receive } = openChannel();
    for (let bytes = 0; bytes < WINDOW_BYTES; bytes += MAX_PAYLOAD_BYTES)
      receive('data', Buffer.alloc(MAX_PAYLOAD_BYTES));
    await settled();
    expect(sent.reduce((sum, [type]) => sum + (type === 'grant' ? 1 : 0), 0)).toBeLessThanOrEqual(1);
    const still = openChannel();
    still.channel.on('error', () => {});
    const flood = (): void => {
      for (let count = 0; count < 100; count++) still.receive('data', Buffer.alloc(MAX_PAYLOAD_BYTES));
    };
    expect(flood).toThrow(/more than it may/);
    channel.resume();
    await settled();
    expect(sent.some(([type]) => type === 'grant')).toBe(true);
  });

  it('is over once both sides have closed it, and says so once', async () => {
    const { channel, sent, receive, over } = openChannel();
    channel.resume();
    channel.end();
    receive('end');
    await settled();
    await settled();
    expect(sent).toEqual([
      ['end', 0],
      ['close', 0],
    ]);
    expect(over()).toBe(0);
    receive('close');
    expect(over()).toBe(1);
  });

  it('that the other side closes is closed here, and what is on its way does no harm', () => {
    const { channel, sent, receive, over } = openChannel();
    channel.destroy();
    receive('data', Buffer.from('late'));
    receive('close');
    expect([sent, over()]).toEqual([[['close', 0]], 1]);
    const other = openChannel();
    other.receive('close');
    expect([other.channel.destroyed, other.sent, other.over()]).toEqual([true, [['close', 0]], 1]);
  });
});
