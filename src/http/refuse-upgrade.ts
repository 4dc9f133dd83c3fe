import type { Duplex } from 'node:stream';
import type { PortalError } from '../core/portal-error.ts';
import { problemOf } from './errors.ts';

/** Answers on a bare connection that wanted to become a tunnel, and closes it. */
export function refuseUpgrade(socket: Duplex, error: PortalError): void {
  if (socket.destroyed) return;
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  // A client that keeps its half open would else keep the connection for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
