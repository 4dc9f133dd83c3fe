import { PortalError } from '../core/portal-error.ts';

const RETRY_AFTER_MS = 2000;
const SILENT = 'The database does not answer right now. Try again in a moment.';
const FULL = 'The database has no room left on its disk. Whoever runs the portal has to make some; then try again.';

/** A database that cannot be asked now: a refusal, 503 with Retry-After on the wire. */
export function unavailable(cause: unknown): PortalError {
  return new PortalError('unavailable', SILENT, { retryAfterMs: RETRY_AFTER_MS, cause });
}

/** A database that can be read, and writes nothing any more. */
export function outOfRoom(cause: unknown): PortalError {
  return new PortalError('unavailable', FULL, { retryAfterMs: RETRY_AFTER_MS, cause });
}
