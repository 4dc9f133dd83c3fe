import type { FrameFollower } from './websocket-frames.ts';

const SYN_STREAM = 1;
const FLAG_FIN = 0x01;

/** SPDY/3.1 frames as bytes that pass by: headers are read, payloads are not kept. */
export interface SpdyListener {
  /** A stream is opened by the side that is followed. */
  onStream?(id: number): void;
  /** A data frame that is not empty. */
  onData?(streamId: number, length: number): void;
}

/** Follows frames: eight bytes, of which the last three are the length, and for SYN_STREAM the stream's id after that. */
export function followSpdy(listener: SpdyListener = {}): FrameFollower {
  const header = new Uint8Array(12);
  let headerLength = 0;
  let payloadLeft = 0;

  const frameLength = (): number => ((header[5] ?? 0) << 16) | ((header[6] ?? 0) << 8) | (header[7] ?? 0);
  const isSynStream = (): boolean => ((header[0] ?? 0) & 0x80) !== 0 && header[3] === SYN_STREAM && frameLength() >= 4;
  const headerSize = (): number => (headerLength >= 8 && isSynStream() ? 12 : 8);
  const beginPayload = (): void => {
    payloadLeft = frameLength() - (headerLength - 8);
    if (isSynStream()) listener.onStream?.(readId(header, 8));
    else if (((header[0] ?? 0) & 0x80) === 0 && payloadLeft > 0) listener.onData?.(readId(header, 0), payloadLeft);
  };

  return {
    follow(chunk) {
      let index = 0;
      let boundary = 0;
      while (index < chunk.length) {
        if (payloadLeft === 0) {
          header[headerLength] = chunk[index] ?? 0;
          headerLength += 1;
          index += 1;
          if (headerLength < headerSize()) continue;
          beginPayload();
        } else {
          const taken = Math.min(payloadLeft, chunk.length - index);
          payloadLeft -= taken;
          index += taken;
        }
        if (payloadLeft > 0) continue;
        headerLength = 0;
        boundary = index;
      }
      return boundary;
    },
    atBoundary: () => headerLength === 0 && payloadLeft === 0,
  };
}

/** The last data frame of a stream. */
export function finalDataFrame(streamId: number, payload: Uint8Array): Uint8Array {
  return dataFrame(streamId, payload, FLAG_FIN);
}

export function dataFrame(streamId: number, payload: Uint8Array, flags = 0): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(streamId & 0x7fffffff, 0);
  header.writeUInt32BE(flags * 0x1000000 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

function readId(header: Uint8Array, at: number): number {
  const high = (header[at] ?? 0) & 0x7f;
  return high * 0x1000000 + (((header[at + 1] ?? 0) << 16) | ((header[at + 2] ?? 0) << 8) | (header[at + 3] ?? 0));
}
