import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { GatewayPortal } from './gateway-portal.ts';

/** A connection to the gateway on which every byte is ours. */
export interface RawClient {
  readonly socket: TLSSocket;
  received(): string;
  receivedBytes(): Buffer;
  /** How it closed: null while it has not, `''` in order, else the error's code. */
  closed(): string | null;
  readonly done: Promise<void>;
}

export function openRaw(portal: GatewayPortal, text: string, reads = true): RawClient {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(portal.url).port), ca: portal.caPem });
  const chunks: Buffer[] = [];
  let closed: string | null = null;
  if (reads) socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  else socket.pause();
  let code = '';
  socket.on('error', (error) => {
    code = 'code' in error ? String(error.code) : error.message;
  });
  const done = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = code;
      resolve();
    });
  });
  socket.write(text);
  return {
    socket,
    received: () => Buffer.concat(chunks).toString('latin1'),
    receivedBytes: () => Buffer.concat(chunks),
    closed: () => closed,
    done,
  };
}

/** Sends one request and reads until the connection ends. */
export async function exchangeRaw(portal: GatewayPortal, text: string): Promise<string> {
  const client = openRaw(portal, text);
  await client.done;
  return client.received();
}

/** A request's text, with `Connection: close`, unless `headers` has its own. */
export function requestText(
  method: string,
  target: string,
  token: string,
  headers: readonly string[] = ['Connection: close'],
  body = '',
): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: portal',
    `Authorization: Bearer ${token}`,
    ...headers,
    ...length,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export const WEBSOCKET_HEADERS = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: v4.channel.k8s.io',
];
export const SPDY_HEADERS = [
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: v4.channel.k8s.io',
];
