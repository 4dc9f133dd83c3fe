import { PortalError } from '../core/portal-error.ts';
import { outOfRoom, unavailable } from './unavailable.ts';

/**
 * Classes and codes of PostgreSQL that say nothing about the statement, only about the server or the way to it:
 * connections (08), authorization (28), the database or role that is missing (3D), resources (53), an operator's
 * intervention or a timeout (57), the disk (58), read-only after a failover (25006).
 */
const UNAVAILABLE = /^(?:08|28|3D|53|57|58|25006)/;
/** In text, and in JSON. */
const DISK_FULL = '53100';
const UNTRANSLATABLE_CHARACTER = /^(?:22021|22P05)$/;

/**
 * What an error of `pg` means to the portal. Errors without a code of PostgreSQL come from the connection: it was cut,
 * refused or did not answer in time.
 */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PortalError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (UNTRANSLATABLE_CHARACTER.test(code))
    return new PortalError('invalid-request', 'The text holds a character that cannot be stored (NUL).', {
      cause: error,
    });
  if (code === DISK_FULL) return outOfRoom(error);
  return /^[0-9A-Z]{5}$/.test(code) && !UNAVAILABLE.test(code) ? error : unavailable(error);
}
