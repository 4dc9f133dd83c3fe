import { z } from 'zod';
import { EXEC_CHANNELS } from '../../wire/dashboard.ts';
import type { PodTerminal } from '../../wire/dashboard.ts';

/** The oldest one with an exit code, which every API server speaks that Curfew does. */
const PROTOCOL = 'v4.channel.k8s.io';
/** What the API server says when it is over. */
const statusSchema = z.object({
  status: z.string(),
  message: z.string().default(''),
  details: z
    .object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).nullish() })
    .nullish(),
});

/** How a terminal in a container was over. */
export type ExecOver =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** The cluster, or the gateway before it, said so. */
  | { readonly kind: 'failed'; readonly message: string }
  /** It was refused: why, the websocket does not say. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost' };

export interface ExecListener {
  opened(): void;
  output(bytes: Uint8Array): void;
  over(how: ExecOver): void;
}

/** A terminal in a container, over a websocket of its own. It is told once how it was over, unless it is closed. */
export class ExecConnection {
  readonly #socket: WebSocket;
  readonly #encoder = new TextEncoder();
  readonly #listener: ExecListener;
  #wasOpen = false;
  #isOver = false;

  constructor(
    { sessionId, ...what }: PodTerminal & { readonly sessionId: string },
    listener: ExecListener,
    open = (url: string, protocol: string) => new WebSocket(url, protocol),
  ) {
    this.#listener = listener;
    const scheme = globalThis.location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/api/dashboards/${encodeURIComponent(sessionId)}/terminal?${new URLSearchParams(what).toString()}`;
    const socket = open(`${scheme}://${globalThis.location.host}${path}`, PROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#wasOpen = true;
      listener.opened();
    });
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => this.#receive(data));
    socket.addEventListener('close', () => this.#end({ kind: this.#wasOpen ? 'lost' : 'refused' }));
    this.#socket = socket;
  }

  input(data: string): void {
    this.#send(EXEC_CHANNELS.input, this.#encoder.encode(data));
  }

  /** Input that is bytes rather than text: mouse reports of old programs. */
  binary(data: string): void {
    this.#send(
      EXEC_CHANNELS.input,
      Uint8Array.from(data, (character) => character.charCodeAt(0)),
    );
  }

  resize(cols: number, rows: number): void {
    this.#send(EXEC_CHANNELS.resize, this.#encoder.encode(JSON.stringify({ Width: cols, Height: rows })));
  }

  close(): void {
    this.#isOver = true;
    this.#socket.close();
  }

  #send(channel: number, bytes: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const frame = new Uint8Array(bytes.length + 1);
    frame[0] = channel;
    frame.set(bytes, 1);
    this.#socket.send(frame);
  }

  #receive(data: ArrayBuffer | string): void {
    if (this.#isOver) return;
    const bytes = typeof data === 'string' ? this.#encoder.encode(data) : new Uint8Array(data);
    const [channel] = bytes;
    const rest = bytes.subarray(1);
    if (channel === EXEC_CHANNELS.output || channel === EXEC_CHANNELS.errors) this.#listener.output(rest);
    if (channel === EXEC_CHANNELS.status) this.#end(overBy(new TextDecoder().decode(rest)));
  }

  #end(how: ExecOver): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.over(how);
  }
}

function overBy(text: string): ExecOver {
  const { status, message, details } = statusSchema.parse(JSON.parse(text));
  if (status === 'Success') return { kind: 'exited', exitCode: 0 };
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return code === undefined ? { kind: 'failed', message } : { kind: 'exited', exitCode: Number(code) };
}
