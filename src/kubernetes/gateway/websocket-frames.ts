/** WebSocket frames (RFC 6455, section 5.2) as bytes that pass by: headers are read, payloads are not kept. */
export interface FrameListener {
  /**
   * The first byte of a data message's payload, unmasked: in Kubernetes' protocols, its channel.
   *
   * @param length how long the frame's payload is, this byte included
   */
  onMessage?(channel: number, length: number): void;
  /** More of a data message's payload, unmasked; only where it is asked for, since it costs a copy. */
  onPayload?(bytes: Uint8Array): void;
}

export interface FrameFollower {
  /** @returns how many bytes of the chunk belong to frames that end in it, 0 where none does */
  follow(chunk: Uint8Array): number;
  /** Whether what has passed ended with a whole frame. */
  atBoundary(): boolean;
}

const CONTINUATION = 0;
const FIRST_CONTROL = 8;

export function followWebSocket(listener: FrameListener = {}): FrameFollower {
  // At most 2 bytes, 8 of a long length, 4 of a mask.
  const header = new Uint8Array(14);
  let headerLength = 0;
  let payloadLeft = 0;
  let payloadAt = 0;
  let isData = false;
  let startsMessage = false;

  const beginPayload = (): void => {
    const opcode = (header[0] ?? 0) & 0x0f;
    isData = opcode < FIRST_CONTROL;
    startsMessage = isData && opcode !== CONTINUATION;
    payloadLeft = payloadLength(header);
    payloadAt = 0;
  };
  const unmask = (byte: number, at: number): number => byte ^ maskByte(header, at);
  const passPayload = (bytes: Uint8Array): void => {
    if (!isData || bytes.length === 0) return;
    if (startsMessage && payloadAt === 0) listener.onMessage?.(unmask(bytes[0] ?? 0, 0), payloadLeft);
    if (listener.onPayload === undefined) return;
    const from = payloadAt;
    listener.onPayload(bytes.map((byte, index) => unmask(byte, from + index)));
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
          if (headerLength < 2 || headerLength < headerSize(header)) continue;
          beginPayload();
        } else {
          const taken = Math.min(payloadLeft, chunk.length - index);
          passPayload(chunk.subarray(index, index + taken));
          payloadAt += taken;
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

function headerSize(header: Uint8Array): number {
  return lengthEnd(header) + (isMasked(header) ? 4 : 0);
}

function isMasked(header: Uint8Array): boolean {
  return ((header[1] ?? 0) & 0x80) !== 0;
}

function lengthEnd(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
}

function payloadLength(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  let length = 0;
  for (let index = 2; index < lengthEnd(header); index++) length = length * 256 + (header[index] ?? 0);
  return length;
}

function maskByte(header: Uint8Array, at: number): number {
  return isMasked(header) ? (header[lengthEnd(header) + (at % 4)] ?? 0) : 0;
}

/** A frame from a server, which are not masked. */
export function serverFrame(opcode: 'text' | 'binary' | 'close', payload: Uint8Array): Uint8Array {
  const code = { text: 0x81, binary: 0x82, close: 0x88 }[opcode];
  if (payload.length < 126) return Buffer.concat([Buffer.from([code, payload.length]), payload]);
  const length = Buffer.from([code, 126, 0, 0]);
  length.writeUInt16BE(payload.length, 2);
  return Buffer.concat([length, payload]);
}

/** A short frame as a client sends it: masked, if only with zeros, since nobody listens in between. */
export function clientFrame(opcode: 'text' | 'binary', payload: Uint8Array): Uint8Array {
  const code = opcode === 'text' ? 0x81 : 0x82;
  return Buffer.concat([Buffer.from([code, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** A close frame with code 1000: all is said. */
export function normalCloseFrame(): Uint8Array {
  return serverFrame('close', Buffer.from([0x03, 0xe8]));
}

const MOST_REASON_BYTES = 123;

/** A close frame with code 1008: what is allowed is over. @param reason cut to what fits into a control frame */
export function policyCloseFrame(reason: string): Uint8Array {
  const text = new TextEncoder().encodeInto(reason, new Uint8Array(MOST_REASON_BYTES));
  return serverFrame('close', Buffer.concat([Buffer.from([0x03, 0xf0]), Buffer.from(reason.slice(0, text.read))]));
}
