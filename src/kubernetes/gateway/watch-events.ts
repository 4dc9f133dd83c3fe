import type { Farewell } from './refusal.ts';
import { failureStatus } from './status.ts';
import type { Status, StatusCause } from './status.ts';

/** Follows a watch's answer, so that an event of our own can be put between two of its events. */
export interface WatchEvents {
  /** To be called with each chunk that goes to the client. */
  follow(chunk: Uint8Array): void;
  /** Whether the client has whole events only. */
  atBoundary(): boolean;
  /** An event of type ERROR that says why the watch ends. */
  errorEvent(why: Farewell): Uint8Array;
}

/**
 * For the two forms that Kubernetes streams: JSON, one event a line, and protobuf, each event after its length.
 *
 * @param contentType of the answer
 * @returns null for a form that has no event which clients would understand
 */
export function followWatch(contentType: string): WatchEvents | null {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf')) return protobufEvents();
  return contentType.startsWith('application/json') ? jsonEvents() : null;
}

function jsonEvents(): WatchEvents {
  let last = 0x0a;
  return {
    follow: (chunk) => {
      last = chunk.at(-1) ?? last;
    },
    atBoundary: () => last === 0x0a,
    errorEvent: (why) => Buffer.from(`${jsonErrorEvent(why)}\n`),
  };
}

/** A watch event of type ERROR as JSON, with the `Status` that every watch client knows. */
export function jsonErrorEvent({ code, message, end }: Farewell): string {
  return JSON.stringify({ type: 'ERROR', object: failureStatus(code, message, end) });
}

/** Frames of four bytes of length, big-endian, and as many bytes. */
function protobufEvents(): WatchEvents {
  let header = 0;
  let headerBytes = 0;
  let left = 0;
  return {
    follow: (chunk) => {
      let index = 0;
      while (index < chunk.length) {
        if (left > 0) {
          const taken = Math.min(left, chunk.length - index);
          left -= taken;
          index += taken;
          continue;
        }
        header = header * 256 + (chunk[index] ?? 0);
        headerBytes += 1;
        index += 1;
        if (headerBytes < 4) continue;
        left = header;
        header = 0;
        headerBytes = 0;
      }
    },
    atBoundary: () => left === 0 && headerBytes === 0,
    errorEvent: ({ code, message, end }) => protobufErrorEvent(failureStatus(code, message, end)),
  };
}

/** meta/v1 WatchEvent {1: type, 2: RawExtension {1: raw}}, where raw is `k8s\0` and runtime.Unknown {1: TypeMeta, 2: raw}. */
function protobufErrorEvent(status: Status): Uint8Array {
  const body = Buffer.concat([
    field(2, Buffer.from(status.status)),
    field(3, Buffer.from(status.message)),
    field(4, Buffer.from(status.reason)),
    ...(status.details === undefined ? [] : [field(5, Buffer.concat(status.details.causes.map(protobufCause)))]),
    Buffer.from([6 * 8]),
    varint(status.code),
  ]);
  const typeMeta = Buffer.concat([field(1, Buffer.from(status.apiVersion)), field(2, Buffer.from(status.kind))]);
  const unknown = Buffer.concat([field(1, typeMeta), field(2, body)]);
  const object = field(1, Buffer.concat([Buffer.from('k8s\0'), unknown]));
  const event = Buffer.concat([field(1, Buffer.from('ERROR')), field(2, object)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** meta/v1 StatusDetails {4: causes}, of StatusCause {1: reason, 2: message}. */
function protobufCause({ reason, message }: StatusCause): Uint8Array {
  return field(4, Buffer.concat([field(1, Buffer.from(reason)), field(2, Buffer.from(message))]));
}

/** A length-delimited field of a protobuf message. */
function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
