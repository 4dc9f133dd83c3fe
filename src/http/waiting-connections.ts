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

/** @param files how many this process may open: those that wait leave three of four to those that are served */
export function connectionBounds(files: number): ConnectionBounds {
  return { headersWithinMs: 20_000, checkedEveryMs: 5000, mostWaiting: Math.min(2000, Math.floor(files / 4)) };
}

interface Connection {
  /** Of a connection with TLS, the one beneath. */
  readonly socket: Socket;
  /** Requests that the portal is busy with: with pipelining they may be several. */
  served: number;
}

/**
 * The connections on which the portal waits for the client: for a handshake, for headers, for a body that it reads
 * whole, for the next request; and for a stranger to take the answer. One too many closes the one that has waited
 * longest: whoever sends a request at once gets through, however many others hold connections open. (nginx makes room
 * among idle connections in the same way.)
 */
export class WaitingConnections {
  readonly #most: number;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Connection>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes note of every connection to a server. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const connection: Connection = { socket, served: 0 };
      const peer = peerOf(socket);
      this.#byPeer.set(peer, connection);
      this.#bySocket.set(socket, connection);
      socket.once('close', () => {
        this.#waiting.delete(connection);
        // The client may have come back from the same port already.
        if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
      });
      this.#wait(connection);
    });
  }

  /** A request has come that is served as soon as it is there `whole`; once all is answered, the connection waits again. */
  serves(request: IncomingMessage, response: ServerResponse, whole: boolean): void {
    const connection = this.#of(request.socket);
    if (connection === undefined) return;
    let isServed = whole;
    if (whole) this.#serve(connection);
    else {
      request.once('end', () => {
        if (response.writableEnded) return;
        isServed = true;
        this.#serve(connection);
      });
    }
    // Not once everything is sent: whether it is, is for the client to say.
    response.once('prefinish', () => {
      if (isServed) connection.served -= 1;
      this.#wait(connection);
    });
  }

  /** A request has come that anybody may make; until the next one, the connection waits for its client to take the answer. */
  answers(request: IncomingMessage): void {
    const connection = this.#of(request.socket);
    if (connection !== undefined) this.#wait(connection);
  }

  /** The connection is a tunnel from now on. */
  upgraded(request: IncomingMessage): void {
    const connection = this.#of(request.socket);
    if (connection !== undefined) this.#serve(connection);
  }

  #serve(connection: Connection): void {
    connection.served += 1;
    this.#waiting.delete(connection);
  }

  #wait(connection: Connection): void {
    if (connection.served > 0 || connection.socket.destroyed) return;
    this.#waiting.delete(connection);
    this.#waiting.add(connection);
    if (this.#waiting.size <= this.#most) return;
    for (const oldest of this.#waiting) {
      this.#waiting.delete(oldest);
      oldest.socket.destroy();
      return;
    }
  }

  /** A connection and the TLS in it are two sockets to Node, with the same peer. */
  #of(socket: Socket): Connection | undefined {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const connection = this.#byPeer.get(peerOf(socket));
    if (connection !== undefined) this.#bySocket.set(socket, connection);
    return connection;
  }
}

function peerOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
