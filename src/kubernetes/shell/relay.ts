import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { chmod, chown, rm } from 'node:fs/promises';

/** Where a shell's requests go: the gateway, speaking for the session that the shell belongs to. */
export interface RelayTarget {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The socket that *is* the session: whoever can connect to it acts as the session, without any credential. */
export interface Relay {
  /** Cuts every connection at once and lets nobody in any more. */
  cut(): void;
  /** Cuts, and removes the socket. */
  close(): Promise<void>;
}

/** More than the relay inside opens (it forks at most 64 times). */
const MAX_CONNECTIONS = 96;
/** A Unix socket's path has 108 bytes with its final zero. */
const MAX_PATH_BYTES = 107;

/** What answers a relay's connections. */
export interface RelayServer {
  /** Takes a connection for that of an HTTP client. */
  accept(connection: Duplex): void;
  /** Cuts every connection at once and takes none any more. */
  cut(): void;
}

/** @param target asked for each request, so that a shell can change to another session */
export function serveRelay(target: () => RelayTarget): RelayServer & { readonly server: Server } {
  const connections = new Set<Duplex>();
  let isCut = false;
  // No limit on how long a request takes: it is the session's deadline that ends watches and uploads.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
  // Not documented, and without it Node drops the answer to a client that has closed its half; a test holds it.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', (connection: Duplex) => {
    if (isCut) return void connection.destroy();
    connections.add(connection);
    connection.on('error', () => connection.destroy());
    connection.on('close', () => connections.delete(connection));
  });
  server.on('request', (request, response) => target().handleRequest(request, response));
  server.on('upgrade', (request, socket, head) => target().handleUpgrade(request, socket, head));
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    server,
    accept: (connection) => void server.emit('connection', connection),
    cut() {
      if (isCut) return;
      isCut = true;
      for (const connection of connections) connection.destroy();
      server.close();
    },
  };
}

/**
 * Listens on a Unix socket. Only its owner may connect: the kernel checks the peer's uid against the socket's mode when
 * it connects (Node cannot ask for it, SO_PEERCRED is not exposed). The folder around it must be closed to others.
 *
 * @param uid the shell's, to own the socket; null leaves the portal's own
 */
export async function openRelay(path: string, uid: number | null, target: () => RelayTarget): Promise<Relay> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Error(`The path of a relay socket is too long: ${path}`);
  const { server, cut } = serveRelay(target);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  if (uid !== null) await chown(path, uid, uid);

  return {
    cut,
    async close() {
      cut();
      await rm(path, { force: true });
    },
  };
}
