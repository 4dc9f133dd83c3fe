import { beforeEach, expect, it, vi } from 'vitest';
import type { DashboardServerMessage } from '../../wire/dashboard.ts';
import { StreamConnection } from './stream-connection.ts';
import type { StreamReader } from './stream-connection.ts';

class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  readonly sent: unknown[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = WebSocket.CLOSED;
  }
  opens(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  says(message: DashboardServerMessage): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
  breaks(code = 1006): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new CloseEvent('close', { code }));
  }
}

let sockets: FakeSocket[];
let isThere: boolean;
let connection: StreamConnection;
let version: number;
let retryIn: number | null;
const heard: string[] = [];
const reader: StreamReader = {
  path: () => `/api/v1/pods?watch=1&resourceVersion=${version}`,
  opened: () => heard.push('opened'),
  data: (text) => heard.push(text),
  interrupted: () => heard.push('interrupted'),
  over: ({ status }) => {
    heard.push(`over ${status}`);
    return retryIn;
  },
};
const open = (id: number, at = version) => ({ type: 'open', id, path: `/api/v1/pods?watch=1&resourceVersion=${at}` });

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  heard.length = 0;
  isThere = true;
  version = 5;
  retryIn = null;
  connection = new StreamConnection({
    sessionId: 's',
    message: ({ type }) => heard.push(type),
    stillThere: () => Promise.resolve(isThere),
    refused: (sentence) => heard.push(sentence),
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
  });
  connection.connect();
  return () => vi.useRealTimers();
});

it('carries many streams, each to its reader, and drops what was on its way when one was closed', () => {
  const end = connection.add(reader);
  connection.add({ ...reader, data: (text) => heard.push(`other ${text}`) });
  sockets[0]?.opens();
  expect(sockets[0]?.sent).toEqual([open(1), open(2)]);
  sockets[0]?.says({ type: 'data', id: 2, text: 'x' });
  end();
  sockets[0]?.says({ type: 'data', id: 1, text: 'late' });
  expect(heard).toEqual(['other x']);
  expect(sockets[0]?.sent.at(-1)).toEqual({ type: 'close', id: 1 });
});

it('comes back after a loss, and each stream goes on where its reader is', async () => {
  connection.add(reader);
  sockets[0]?.opens();
  version = 9;
  sockets[0]?.breaks();
  await vi.advanceTimersByTimeAsync(200);
  sockets[1]?.opens();
  expect(sockets[1]?.sent).toEqual([open(2, 9)]);
  expect(heard).toEqual(['interrupted']);
});

it('opens a stream again when its reader says, and not before', async () => {
  connection.add(reader);
  sockets[0]?.opens();
  retryIn = 3000;
  sockets[0]?.says({ type: 'over', id: 1, status: 429, message: '', retryAfterMs: 3000 });
  await vi.advanceTimersByTimeAsync(2999);
  expect(sockets[0]?.sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sockets[0]?.sent.at(-1)).toEqual(open(2));
});

it('is over with the session: by its last message, or where a connection is refused and the session is gone', async () => {
  connection.add(reader);
  sockets[0]?.opens();
  const end = { endedAt: '2026-01-01T00:00:00.000Z', reason: 'closed', limit: null, sentence: '' } as const;
  sockets[0]?.says({ type: 'ended', ...end });
  sockets[0]?.says({ type: 'data', id: 1, text: 'late' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([heard, sockets.length]).toEqual([['ended'], 1]);
});

it('stops trying where a connection is refused and the session is gone', async () => {
  isThere = false;
  sockets[0]?.breaks();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(1);
});

it('notices that a connection carries nothing any more, and opens another one', async () => {
  connection.add(reader);
  sockets[0]?.opens();
  await vi.advanceTimersByTimeAsync(50_000);
  sockets[0]?.says({ type: 'opened', id: 1 });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(heard).toEqual(['opened', 'interrupted']);
  expect(sockets).toHaveLength(2);
});

it.each([
  [4005, /^Too many pages/],
  [4000, /^The portal did not understand/],
])('does not come again after %d, and says why', async (code, sentence) => {
  sockets[0]?.opens();
  sockets[0]?.breaks(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(1);
  expect(heard).toEqual([expect.stringMatching(sentence)]);
});
