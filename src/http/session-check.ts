import type { IncomingMessage, ServerResponse } from 'node:http';
import { PortalError } from '../core/portal-error.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { authenticate } from './authentication.ts';
import type { CredentialRules } from './authentication.ts';
import type { Origins } from './origin.ts';

export const CHECK_PATH = '/api/session/check';
/** The headers of a request under forward authentication are those of somebody else's request. */
const RULES: CredentialRules = { bearer: ['bearer', 'api', 'permanent'], cookie: 'anywhere' };
const HEADERS = ['cache-control', 'no-store'];

/**
 * Answers the check of a session that is held in memory and lives, before a router is asked: every request to what
 * stands behind forward authentication waits for this. All else, refusals included, is left to the route.
 *
 * @returns whether it was answered
 */
export function answerCheck(
  sessions: Pick<Sessions, 'authenticateHeld'>,
  origins: Origins,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.url !== CHECK_PATH || request.method !== 'GET') return false;
  try {
    // At once: nothing is asked of the store.
    void authenticate({ authenticate: (token) => sessions.authenticateHeld(token) }, origins, request, RULES);
  } catch (error) {
    if (error instanceof PortalError) return false;
    throw error;
  }
  response.writeHead(204, HEADERS).end();
  return true;
}
