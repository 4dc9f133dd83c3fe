import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { resetSocket } from './reset-socket.ts';

/** How long a last message may take to leave before the connection is reset (security, Cuts). */
export const FAREWELL_MS = 100;

/** What a last message is written to: a connection, or an answer on one. */
interface Writable {
  write(content: string | Uint8Array, done: () => void): boolean;
}

/** Writes a last message, then closes the connection: when the message has left, at the latest after 100 ms. */
export function sayFarewell(to: Writable, content: string | Uint8Array, socket: Duplex, clock: Clock): void {
  resetIfSlow(socket, clock);
  to.write(content, () => {
    closeSoon(socket);
  });
}

/** How long a shell has to notice that what ran in it was interrupted. */
const INTERRUPT_MS = 40;

/** Types what ends a shell, then closes the connection to it. */
export function endShell(upstream: Duplex, keys: { first: Uint8Array; next: Uint8Array }, clock: Clock): void {
  upstream.write(keys.first);
  clock.setTimer(clock.now() + INTERRUPT_MS, () => {
    if (!upstream.destroyed) sayFarewell(upstream, keys.next, upstream, clock);
  });
}

/** Closes a connection on which an answer was just ended: when it has left, at the latest after 100 ms. */
export function closeAfterFarewell(socket: Duplex, clock: Clock): void {
  resetIfSlow(socket, clock);
  closeSoon(socket);
}

function resetIfSlow(socket: Duplex, clock: Clock): void {
  if (socket.destroyed) return;
  const timer = clock.setTimer(clock.now() + FAREWELL_MS, () => {
    resetSocket(socket);
  });
  socket.once('close', () => {
    timer.dispose();
  });
}

function closeSoon(socket: Duplex): void {
  if (socket.destroyed) return;
  if ('destroySoon' in socket && typeof socket.destroySoon === 'function') socket.destroySoon();
  else socket.end();
}
