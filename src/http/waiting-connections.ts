import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What bounds clients that take their time. Bodies have a bound of their own (`slow-body.ts`). */
export interface ConnectionBounds {
  /** Until the TLS handshake is done, and until the headers of a request are there. */
  readonly headersWithinMs: number;
  /** How often the latter is looked at. */
  readonly checkedEveryMs: number;
  /** How many connections may be open on which the portal waits for the client. */
  readonly mostWaiting: number;
}

export const CONNECTION_BOUNDS: ConnectionBounds = {
  headersWithinMs: 20_000,
  checkedEveryMs: 5000,
  mostWaiting: 2000,
};

/**
 * The connections on which the portal waits for the client: for a handshake, for headers, for a body that it reads
 * whole, for the next request. One too many closes the one that has waited longest: whoever sends a request at once gets
 * through, however many others hold connections open. (nginx makes room among idle connections in the same way.)
 */
export class WaitingConnections {
  readonly #most: number;
  /** In the order in which they began to wait. */
  readonly #waiting = new Map<string, Socket>();
  readonly #keys = new WeakMap<Socket, string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes note of every connection to a server. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const key = this.#keyOf(socket);
      socket.once('close', () => this.#waiting.delete(key));
      this.#wait(key, socket);
    });
  }

  /** A request has come, and is served as soon as it is there `whole`; once it is answered, the connection waits again. */
  requested(request: IncomingMessage, response: ServerResponse, whole: boolean): void {
    const { socket } = request;
    const key = this.#keyOf(socket);
    response.once('finish', () => this.#wait(key, socket));
    if (whole) this.#waiting.delete(key);
    else request.once('end', () => response.writableFinished || this.#waiting.delete(key));
  }

  /** A request was answered at once: the connection waits again. */
  answered({ socket }: IncomingMessage): void {
    this.#wait(this.#keyOf(socket), socket);
  }

  /** The connection is a tunnel from now on. */
  upgraded(request: IncomingMessage): void {
    this.#waiting.delete(this.#keyOf(request.socket));
  }

  #wait(key: string, socket: Socket): void {
    this.#waiting.delete(key);
    if (socket.destroyed) return;
    this.#waiting.set(key, socket);
    if (this.#waiting.size <= this.#most) return;
    for (const [oldestKey, oldest] of this.#waiting) {
      this.#waiting.delete(oldestKey);
      oldest.destroy();
      return;
    }
  }

  /** The same for a connection and for the TLS in it, which are two sockets to Node. */
  #keyOf(socket: Socket): string {
    const known = this.#keys.get(socket);
    if (known !== undefined) return known;
    const key = `${socket.remoteAddress} ${socket.remotePort} ${socket.localPort}`;
    this.#keys.set(socket, key);
    return key;
  }
}
