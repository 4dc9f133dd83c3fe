import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Ends a connection at once: what the kernel has not sent yet is discarded too, and the peer gets a reset.
 *
 * Node resets TCP sockets only. Under TLS the TCP socket below is taken, which Node keeps in `_parent` without
 * documenting it; a test holds that it does. Where there is none (a Unix socket), the connection is just closed.
 */
export function resetSocket(socket: Duplex): void {
  if (socket.destroyed) return;
  const below: unknown = Reflect.get(socket, '_parent');
  const tcp = below instanceof Socket ? below : socket;
  try {
    if (tcp instanceof Socket) tcp.resetAndDestroy();
  } catch (error) {
    if (!isNotTcp(error)) throw error;
  }
  socket.destroy();
}

function isNotTcp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_HANDLE_TYPE';
}
