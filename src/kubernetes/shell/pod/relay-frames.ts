/** Frames of the relay in a shell's pod; `curfew-relay.c` says what they are, and has the same numbers. */
export interface RelayFrame {
  readonly type: FrameType;
  readonly channel: number;
  readonly payload: Buffer;
}

export type FrameType = (typeof TYPES)[number];

const TYPES = ['open', 'data', 'grant', 'end', 'close', 'ping'] as const;
const LETTERS: Record<FrameType, number> = { open: 0x4f, data: 0x44, grant: 0x57, end: 0x45, close: 0x43, ping: 0x50 };
const TYPE_OF = new Map(TYPES.map((type) => [LETTERS[type], type]));
const HEADER_BYTES = 4;

export const RELAY_CHANNELS = 64;
/** What either side may send on a channel before the other has granted more. */
export const WINDOW_BYTES = 256 * 1024;
export const MAX_PAYLOAD_BYTES = 16 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/** @param payload at most `MAX_PAYLOAD_BYTES` */
export function writeFrame(type: FrameType, channel: number, payload: Buffer = NOTHING): Buffer {
  const header = Buffer.from([LETTERS[type], channel, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([header, payload]);
}

export function grantFrame(channel: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return writeFrame('grant', channel, payload);
}

/**
 * Reads frames from chunks as they come.
 *
 * @returns gives the frames that end in a chunk; throws for what is no frame
 */
export function readFrames(): (chunk: Buffer) => RelayFrame[] {
  let rest: Buffer = NOTHING;
  return (chunk) => {
    const frames: RelayFrame[] = [];
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt16BE(2);
      const type = TYPE_OF.get(bytes[0] ?? 0);
      if (type === undefined || end > HEADER_BYTES + MAX_PAYLOAD_BYTES) throw new Error('not a frame of the relay');
      if (bytes.length < end) break;
      frames.push({ type, channel: bytes[1] ?? 0, payload: bytes.subarray(HEADER_BYTES, end) });
      bytes = bytes.subarray(end);
    }
    rest = bytes;
    return frames;
  };
}
