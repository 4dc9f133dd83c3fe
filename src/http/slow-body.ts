import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';

/** Time for the body of an API request, which has 64 KiB at most. */
const BODY_WITHIN_MS = 20_000;

/**
 * Closes the connection of a client that does not get done with its body: at the portal's own API after 20 s; where it is
 * passed on, as uploads at the gateway are for as long as their session lives, 20 s after it was answered, as a refusal is.
 */
export function boundUnreadBody(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  isPassedOn: boolean,
): void {
  if (!hasBody(request)) return;
  const closeLater = (): void => {
    if (request.complete || request.destroyed) return;
    const timer = clock.setTimer(clock.now() + BODY_WITHIN_MS, () => {
      if (!request.complete) request.socket.destroy();
    });
    request.once('end', () => timer.dispose()).once('close', () => timer.dispose());
  };
  if (isPassedOn) response.once('finish', closeLater);
  else closeLater();
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
