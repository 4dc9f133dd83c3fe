import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../core/clock.ts';
import { resetSocket } from '../gateway/reset-socket.ts';

/** A page's connection to a terminal, or to the streams of a dashboard. */
export interface PageConnection {
  sendOutput(chunk: Buffer): void;
  send(message: PageMessage): void;
  /** Whether more waits to be sent than a page should be behind. */
  isBehind(): boolean;
  /** Stops or goes on reading what the page sends. */
  pauseInput(): void;
  resumeInput(): void;
  /** Closes the connection; what waits is still sent. */
  leave(code: number, reason: string): void;
  /**
   * Ends the connection within 100 ms. Output that waits is discarded: then there is no way to say why either, and the
   * page learns it when it asks again.
   */
  cut(message: PageMessage, code: number): void;
}

interface PageMessage {
  readonly type: string;
}

export interface PageListener {
  frame(data: Buffer, isBinary: boolean): void;
  /** The page has caught up. */
  caughtUp(): void;
  gone(): void;
}

const BEHIND_BYTES = 1024 * 1024;
const CAUGHT_UP_BYTES = 256 * 1024;
const CUT_WITHIN_MS = 100;
const LEAVE_WITHIN_MS = 5_000;

/** @param connection the socket under the websocket, to reset it when the session is over */
export function connectPage(
  socket: WebSocket,
  connection: Duplex,
  clock: Clock,
  listener: PageListener,
): PageConnection {
  socket.on('message', (data, isBinary) => listener.frame(toBuffer(data), isBinary));
  socket.on('close', () => listener.gone());
  // What breaks the protocol or the connection closes it; `close` follows.
  socket.on('error', () => socket.terminate());

  const caughtUp = (): void => {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount <= CAUGHT_UP_BYTES) listener.caughtUp();
  };
  const isOpen = (): boolean => socket.readyState === socket.OPEN;
  const closeWithin = (ms: number, code: number, reason: string): void => {
    socket.close(code, reason);
    const timer = clock.setTimer(clock.now() + ms, () => resetSocket(connection));
    connection.once('close', () => timer.dispose());
  };
  return {
    sendOutput: (chunk) => void (isOpen() && socket.send(chunk, { binary: true }, caughtUp)),
    send: (message) => void (isOpen() && socket.send(JSON.stringify(message), caughtUp)),
    isBehind: () => socket.bufferedAmount > BEHIND_BYTES,
    pauseInput: () => void (isOpen() && socket.pause()),
    resumeInput: () => void (isOpen() && socket.resume()),
    leave: (code, reason) => closeWithin(LEAVE_WITHIN_MS, code, reason),
    cut(message, code) {
      if (socket.bufferedAmount > 0 || !isOpen()) return resetSocket(connection);
      socket.send(JSON.stringify(message));
      closeWithin(CUT_WITHIN_MS, code, message.type);
    },
  };
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
