import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSTEM_SCOPE } from '../../core/limits.ts';
import { dataFrame, followSpdy } from './spdy-frames.ts';
import { jsonErrorEvent } from './watch-events.ts';
import { followWatch } from './watch-events.ts';
import { followWebSocket, serverFrame } from './websocket-frames.ts';
import { passWholeFrames } from './whole-frames.ts';

/** Cuts bytes into chunks at random places. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function maskedFrame(opcode: number, payload: Uint8Array, mask: readonly number[]): Uint8Array {
  const { length } = payload;
  const size =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0xfe, length >> 8, length & 255]
        : [0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, ...mask]), masked]);
}

function spdyData(stream: number, payload: Uint8Array): Uint8Array {
  return dataFrame(stream, payload);
}

function spdySyn(stream: number, rest: number): Uint8Array {
  const frame = Buffer.alloc(12 + rest, 0xaa);
  frame.writeUInt32BE(0x80030001, 0);
  frame.writeUInt32BE(4 + rest, 4);
  frame.writeUInt32BE(stream, 8);
  return frame;
}

const payloads = fc.uint8Array({ minLength: 0, maxLength: 300 });
const cuts = fc.array(fc.nat(100_000), { maxLength: 30 });

describe('followWebSocket', () => {
  it('reads channels, lengths and payloads, however the bytes are cut', () => {
    const mask = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(payloads, mask), { maxLength: 6 }), cuts, (messages, places) => {
        const bytes = Buffer.concat(messages.map(([payload, by]) => maskedFrame(2, payload, by)));
        const seen: [number, number][] = [];
        const content: Uint8Array[] = [];
        const follower = followWebSocket({
          onMessage: (channel, length) => seen.push([channel, length]),
          onPayload: (part) => content.push(part),
        });
        for (const chunk of chunksOf(bytes, places)) follower.follow(chunk);
        const whole = messages.map(([payload]) => payload).filter(({ length }) => length > 0);
        expect(seen).toEqual(whole.map((payload) => [payload[0], payload.length]));
        expect(Buffer.concat(content)).toEqual(Buffer.concat(whole));
        expect(follower.atBoundary()).toBe(true);
      }),
    );
  });

  it('reads long lengths, and takes no ping for a message', () => {
    const seen: [number, number][] = [];
    const follower = followWebSocket({ onMessage: (channel, length) => seen.push([channel, length]) });
    follower.follow(maskedFrame(2, new Uint8Array(70_000), [1, 2, 3, 4]));
    follower.follow(maskedFrame(2, new Uint8Array(1000), [1, 2, 3, 4]));
    follower.follow(maskedFrame(9, Buffer.from([0, 1, 2]), [1, 2, 3, 4]));
    follower.follow(maskedFrame(0, Buffer.from([0, 1, 2]), [1, 2, 3, 4]));
    expect(seen).toEqual([
      [0, 70_000],
      [0, 1000],
    ]);
  });

  it('knows where frames end', () => {
    const follower = followWebSocket();
    const frame = serverFrame('binary', Buffer.from('hello'));
    expect(follower.follow(Buffer.concat([frame, frame.subarray(0, 3)]))).toBe(frame.length);
    expect(follower.atBoundary()).toBe(false);
    expect(follower.follow(frame.subarray(3))).toBe(4);
    expect(follower.atBoundary()).toBe(true);
  });
});

describe('followSpdy', () => {
  it('reads streams and data, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 0x7fffffff }), payloads)), cuts, (frames, places) => {
        const bytes = Buffer.concat(
          frames.flatMap(([stream, payload]) => [spdySyn(stream, payload.length), spdyData(stream, payload)]),
        );
        const streams: number[] = [];
        const data: [number, number][] = [];
        const follower = followSpdy({
          onStream: (id) => streams.push(id),
          onData: (id, size) => data.push([id, size]),
        });
        for (const chunk of chunksOf(bytes, places)) follower.follow(chunk);
        expect(streams).toEqual(frames.map(([stream]) => stream));
        const withData = frames.filter(([, payload]) => payload.length > 0);
        expect(data).toEqual(withData.map(([stream, payload]) => [stream, payload.length]));
        expect(follower.atBoundary()).toBe(true);
      }),
    );
  });

  it('takes no ping, settings or window update for data', () => {
    const data: number[] = [];
    const follower = followSpdy({ onData: (id) => data.push(id), onStream: (id) => data.push(id) });
    follower.follow(Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]));
    follower.follow(Buffer.from([0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 1, 0]));
    expect(data).toEqual([]);
    expect(follower.atBoundary()).toBe(true);
  });
});

describe('passWholeFrames', () => {
  it('passes every byte, and never a part of a frame', () => {
    fc.assert(
      fc.property(fc.array(payloads, { maxLength: 8 }), cuts, (messages, places) => {
        const frames = messages.map((payload) => serverFrame('binary', payload));
        const ends = new Set<number>([0]);
        let end = 0;
        for (const { length } of frames) ends.add((end += length));
        const bytes = Buffer.concat(frames);
        const whole = passWholeFrames(followWebSocket());
        const out: Uint8Array[] = [];
        for (const chunk of chunksOf(bytes, places)) {
          out.push(...whole.pass(chunk));
          expect(ends.has(Buffer.concat(out).length)).toBe(true);
          expect(whole.atBoundary()).toBe(true);
        }
        expect(Buffer.concat(out)).toEqual(bytes);
      }),
    );
  });

  it('does not hold what is too long, and says so', () => {
    const whole = passWholeFrames(followWebSocket());
    const frame = serverFrame('binary', new Uint8Array(60_000));
    const long = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 2, 0, 0]), new Uint8Array(0x20000)]);
    expect(whole.pass(frame.subarray(0, 50_000))).toEqual([]);
    expect(Buffer.concat(whole.pass(frame.subarray(50_000)))).toEqual(frame);
    expect(Buffer.concat(whole.pass(long.subarray(0, 70_000))).length).toBe(70_000);
    expect(whole.atBoundary()).toBe(false);
    expect(Buffer.concat(whole.pass(long.subarray(70_000))).length).toBe(long.length - 70_000);
    expect(whole.atBoundary()).toBe(true);
  });

  it('gives what it holds at the end', () => {
    const whole = passWholeFrames(followWebSocket());
    whole.pass(Buffer.from([0x82, 5, 1]));
    expect(Buffer.concat(whole.rest())).toEqual(Buffer.from([0x82, 5, 1]));
  });
});

describe('followWatch', () => {
  it('knows where an event ends, in JSON', () => {
    const events = followWatch('application/json;stream=watch');
    expect(events?.atBoundary()).toBe(true);
    events?.follow(Buffer.from('{"type":"ADDED"'));
    expect(events?.atBoundary()).toBe(false);
    events?.follow(Buffer.from('}\n'));
    expect(events?.atBoundary()).toBe(true);
    const why = { code: 401, message: 'why', end: null };
    const event: unknown = JSON.parse(Buffer.from(events?.errorEvent(why) ?? '').toString());
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', message: 'why', code: 401 } });
    expect(jsonErrorEvent(why)).not.toContain('\n');
  });

  it('knows where an event ends, in protobuf', () => {
    fc.assert(
      fc.property(fc.array(payloads), cuts, (messages, places) => {
        const frames = messages.map((payload) => {
          const length = Buffer.alloc(4);
          length.writeUInt32BE(payload.length);
          return Buffer.concat([length, payload]);
        });
        const bytes = Buffer.concat(frames);
        const ends = new Set<number>([0]);
        let end = 0;
        for (const { length } of frames) ends.add((end += length));
        const events = followWatch('application/vnd.kubernetes.protobuf;stream=watch');
        let passed = 0;
        for (const chunk of chunksOf(bytes, places)) {
          events?.follow(chunk);
          passed += chunk.length;
          expect(events?.atBoundary()).toBe(ends.has(passed));
        }
      }),
    );
  });

  it('says how the session ended in protobuf as in JSON', () => {
    const end = {
      at: 0,
      reason: 'max-duration',
      limit: { key: 'MaximumK8sSessionDuration', scope: SYSTEM_SCOPE, minutes: 60 },
    } as const;
    const event = followWatch('application/vnd.kubernetes.protobuf')?.errorEvent({ code: 401, message: 'why', end });
    const bytes = Buffer.from(event ?? []);
    expect(bytes.readUInt32BE()).toBe(bytes.length - 4);
    // StatusDetails (5) with its first cause (4): reason (1), message (2).
    expect(bytes.toString('latin1')).toContain('\x22\x19\x0a\x09endReason\x12\x0cmax-duration');
    expect(bytes.toString('latin1')).toContain('limitMinutes\x12\x0260');
  });

  it('knows no other form', () => {
    expect(followWatch('application/yaml')).toBeNull();
  });
});
