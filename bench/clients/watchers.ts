import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import type { WatcherOrders, WatcherReport } from '../support/watchers.ts';

// Opens watches, as bare sockets so that it costs little itself, and tells when each was gone.
// Usage: node watchers.ts ORDERS_FILE; prints a report when all are open, and one for each line on standard input.
const orders = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as WatcherOrders;
const { port, host, path, tls, headers, atOnce } = orders;

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
const CHUNK = /\r\n[0-9a-f]+\r\n/g;
const openedAt: number[] = [];
const closedAt: (number | null)[] = headers.map(() => null);
const failures: string[] = [];
let next = 0;
let session: Buffer | undefined;
const startedAt = now();
for (let each = 0; each < Math.min(atOnce, headers.length); each++) openNext();
createInterface({ input: process.stdin }).on('line', report);

function openNext(): void {
  const index = next++;
  const header = headers[index];
  if (header === undefined) return;
  const socket: Socket = tls
    ? connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, session })
    : connect(port, '127.0.0.1');
  socket.on('session', (ticket: Buffer) => (session = ticket));
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${header}\r\n\r\n`);
  });
  let head = '';
  let isOpen = false;
  socket.on('data', (chunk: Buffer) => {
    // The last chunk of an answer: it has ended for its client, though the connection is closed a little later.
    if (isOpen && chunk.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) gone();
    if (isOpen) return;
    head += chunk.toString('latin1');
    // The first event, not only the head: then the upstream has answered. It may be cut into chunks anywhere.
    if (!head.replaceAll(CHUNK, '').includes('"type":')) return;
    isOpen = true;
    opened(head.startsWith('HTTP/1.1 200 ') ? null : head);
    head = '';
  });
  const gone = (): void => {
    closedAt[index] ??= now();
    if (isOpen) return;
    isOpen = true;
    opened(head === '' ? 'closed without an answer' : head);
  };
  socket.on('error', gone).on('end', gone).on('close', gone);
}

function opened(failure: string | null): void {
  if (failure !== null) failures.push(failure);
  openedAt.push(now());
  if (openedAt.length === headers.length) report();
  else openNext();
}

function report(): void {
  const said: WatcherReport = {
    startedAt,
    lastOpenedAt: Math.max(...openedAt),
    closedAt,
    failures: failures.slice(0, 3),
  };
  console.log(JSON.stringify(said));
}

/** Milliseconds since the epoch, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
