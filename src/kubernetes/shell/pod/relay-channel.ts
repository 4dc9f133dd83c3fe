import { Duplex } from 'node:stream';
import { MAX_PAYLOAD_BYTES, WINDOW_BYTES, grantFrame, writeFrame } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';

/** One connection of kubectl in a pod, as a stream: what an HTTP server takes for a socket. */
export class RelayChannel extends Duplex {
  readonly #id: number;
  readonly #send: (frame: Buffer) => void;
  /** Both sides have closed it: its number is free. */
  readonly #over: () => void;
  #maySend = WINDOW_BYTES;
  #unsent: { chunk: Buffer; sent: () => void } | null = null;
  #received = 0;
  #ungranted = 0;
  #hasClosed = false;
  #otherHasClosed = false;

  constructor(id: number, send: (frame: Buffer) => void, over: () => void) {
    super({ allowHalfOpen: true });
    this.#id = id;
    this.#send = send;
    this.#over = over;
  }

  /** @throws Error for what the relay does not send on an open channel */
  receive({ type, payload }: RelayFrame): void {
    if (type === 'close') return this.#closedByOther();
    // On its way when this side closed: nobody waits for it any more.
    if (this.#hasClosed) return;
    if (type === 'data') this.#take(payload);
    else if (type === 'end') this.push(null);
    else if (type === 'grant') this.#mayGoOn(payload.readUInt32BE());
    else throw new Error(`a frame of the relay that does not belong here: ${type}`);
  }

  #take(payload: Buffer): void {
    this.#received += payload.length;
    if (this.#received > WINDOW_BYTES) throw new Error('the relay sent more than it may');
    this.#ungranted += payload.length;
    if (this.push(payload)) this.#grant();
  }

  #grant(): void {
    if (this.#ungranted < WINDOW_BYTES / 4) return;
    this.#send(grantFrame(this.#id, this.#ungranted));
    this.#received -= this.#ungranted;
    this.#ungranted = 0;
  }

  #mayGoOn(bytes: number): void {
    this.#maySend += bytes;
    this.#pump();
  }

  #pump(): void {
    while (this.#unsent !== null && this.#maySend > 0) {
      const { chunk, sent } = this.#unsent;
      const length = Math.min(chunk.length, this.#maySend, MAX_PAYLOAD_BYTES);
      this.#maySend -= length;
      this.#send(writeFrame('data', this.#id, chunk.subarray(0, length)));
      this.#unsent = length < chunk.length ? { chunk: chunk.subarray(length), sent } : null;
      if (this.#unsent === null) sent();
    }
  }

  #closedByOther(): void {
    this.#otherHasClosed = true;
    if (this.#hasClosed) this.#over();
    else this.destroy();
  }

  override _read(): void {
    this.#grant();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, sent: () => void): void {
    this.#unsent = { chunk, sent };
    this.#pump();
  }

  override _final(done: () => void): void {
    if (!this.#hasClosed) this.#send(writeFrame('end', this.#id));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#hasClosed = true;
    this.#unsent = null;
    this.#send(writeFrame('close', this.#id));
    if (this.#otherHasClosed) this.#over();
    done(error);
  }
}
