import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ApiRequest } from './api-request.ts';

/** A body that was read and looked at, to be sent in place of the client's. */
export interface InspectedBody {
  readonly content: string | Uint8Array;
  readonly contentType: string;
}

/** What is sent to the cluster as a body, and which of the client's headers do not fit it. */
export interface UpstreamBody {
  readonly content: Readable | string | Uint8Array | null;
  readonly without: ReadonlySet<string> | undefined;
}

const OF_LENGTH = ['content-length', 'content-encoding'];
const WITHOUT_LENGTH: ReadonlySet<string> = new Set(OF_LENGTH);
const WITHOUT_TYPE: ReadonlySet<string> = new Set([...OF_LENGTH, 'content-type']);
/** Streams are followed as they pass; compressed they could not be. */
const WITHOUT_ENCODING: ReadonlySet<string> = new Set([...OF_LENGTH, 'accept-encoding']);

export function upstreamBody(
  incoming: IncomingMessage,
  request: ApiRequest,
  inspected: InspectedBody | null,
): UpstreamBody {
  if (request.isWatch || request.isLogFollow) return { content: null, without: WITHOUT_ENCODING };
  if (inspected !== null) return { content: inspected.content, without: WITHOUT_TYPE };
  if (request.method === 'GET' || request.method === 'HEAD') return { content: null, without: WITHOUT_LENGTH };
  const { headers } = incoming;
  const empty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  if (empty) return { content: null, without: WITHOUT_LENGTH };
  // Through an iterator that leaves the request alone: undici would destroy it, and the client's connection with it.
  const content = Readable.from(incoming.iterator({ destroyOnReturn: false }), { objectMode: false });
  return { content, without: undefined };
}
