import {
  INPUT_BY_PERSON,
  INPUT_BY_TERMINAL,
  MAX_INPUT_BYTES,
  SHELL_RECONNECT_MS,
  terminalServerMessageSchema,
} from '../../wire/shell.ts';
import type { TerminalClientMessage, TerminalServerMessage } from '../../wire/shell.ts';
import type { Origin } from './input-origin.ts';

const RETRY_MS = [200, 500, 1000, 2000, 3000];

export interface ConnectionListener {
  /** A connection is there; what is kept of the past comes first, and `ready` after it. */
  opened(): void;
  output(bytes: Uint8Array): void;
  message(message: TerminalServerMessage): void;
  /** The connection is lost and is tried again until `until` (local milliseconds, as of `performance.now()`). */
  retrying(until: number): void;
  /** It stayed lost for longer than the shell waits, or the portal does not know the shell. */
  lost(): void;
}

interface Options {
  readonly shellId: string;
  readonly listener: ConnectionListener;
  /** Whether the portal still has the shell; asked after a connection that could not be opened. */
  readonly stillThere: () => Promise<boolean>;
  readonly open?: (url: string) => WebSocket;
}

/** The terminal's websocket: carries bytes and messages, and comes back by itself while the shell waits for it. */
export class TerminalConnection {
  readonly #options: Options;
  readonly #encoder = new TextEncoder();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #lostAt: number | null = null;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
  }

  connect(): void {
    clearTimeout(this.#timer);
    const { shellId, listener, open = (url) => new WebSocket(url) } = this.#options;
    const scheme = globalThis.location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/api/shells/${encodeURIComponent(shellId)}/terminal`;
    const socket = open(`${scheme}://${globalThis.location.host}${path}`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      this.#failures = 0;
      this.#lostAt = null;
      listener.opened();
    });
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#receive(data));
    socket.addEventListener('close', () => {
      if (this.#socket === socket) void this.#closed(wasOpen);
    });
  }

  /** Sends input; what cannot be sent now is dropped, as a terminal without a line drops it. */
  input(data: string, origin: Origin): void {
    this.#sendInput(this.#encoder.encode(data), origin);
  }

  /** Input that is bytes rather than text: mouse reports of old programs. */
  binary(data: string, origin: Origin): void {
    this.#sendInput(
      Uint8Array.from(data, (character) => character.charCodeAt(0)),
      origin,
    );
  }

  resize(cols: number, rows: number): void {
    const message: TerminalClientMessage = { type: 'resize', cols, rows };
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Tries again at once if it is waiting to: the network is back, or the page is visible again. */
  retryNow(): void {
    if (!this.#isOver && this.#socket === null) this.connect();
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  #sendInput(bytes: Uint8Array, origin: Origin): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (let from = 0; from < bytes.length; from += MAX_INPUT_BYTES) {
      const piece = bytes.subarray(from, from + MAX_INPUT_BYTES);
      const frame = new Uint8Array(piece.length + 1);
      frame[0] = origin === 'person' ? INPUT_BY_PERSON : INPUT_BY_TERMINAL;
      frame.set(piece, 1);
      this.#socket.send(frame);
    }
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    const { listener } = this.#options;
    if (data instanceof ArrayBuffer) {
      listener.output(new Uint8Array(data));
      return;
    }
    const { data: message } = terminalServerMessageSchema.safeParse(JSON.parse(String(data)));
    // A newer server says more than this page knows of.
    if (message === undefined) return;
    if (message.type === 'ended' || message.type === 'exited') this.close();
    listener.message(message);
  }

  async #closed(wasOpen: boolean): Promise<void> {
    this.#socket = null;
    if (this.#isOver) return;
    this.#lostAt ??= performance.now();
    const { listener, stillThere } = this.#options;
    // A refused upgrade tells a page nothing; the list of shells does.
    const isKnown = wasOpen || (await stillThere().catch(() => true));
    if (this.#isOver || this.#socket !== null) return;
    const until = this.#lostAt + SHELL_RECONNECT_MS;
    if (!isKnown || performance.now() > until) {
      this.close();
      listener.lost();
      return;
    }
    listener.retrying(until);
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#timer = setTimeout(() => this.connect(), delay);
  }
}
