import { PortalError } from '../../core/portal-error.ts';
import type { Connection } from '../clusters/cluster.ts';
import { connectionFailure, describeConnectionError } from '../clusters/plain-words.ts';
import { refusal, refusalOf } from './refusal.ts';
import type { Remedy } from './remedy.ts';
import type { Refusal } from './refusal.ts';

const CODES = { timeout: 504, broken: 502, unavailable: 503 };

/** What a client is told when its cluster cannot be reached or goes away: 502, 503 or 504 in plain words. */
export function upstreamRefusal(error: unknown, connection: Connection | null, remedy: Remedy): Refusal {
  if (error instanceof PortalError) return refusalOf(error, remedy);
  if (connection === null) return refusal(500, 'An error of the portal.');
  const words = describeConnectionError(error, new URL(connection.origin));
  return refusal(CODES[connectionFailure(error)], `The cluster cannot be reached: ${words}.`);
}

/** The cluster's 401 is about Curfew's credential, never about the user's. */
export const CREDENTIAL_REFUSED = refusal(502, 'The cluster refuses the credential that Curfew has for it.');

export const COMMAND_LOST = refusal(
  502,
  'The connection to the cluster broke off: it is not known what became of this command.',
);
