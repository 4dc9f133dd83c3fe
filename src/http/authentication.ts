import type { IncomingMessage } from 'node:http';
import { RECENT_AUTHENTICATION_MS } from '../core/access.ts';
import type { Clock } from '../core/clock.ts';
import { describeEnd } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { Authentication } from '../sessions/authentication.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { TokenPurpose } from '../sessions/ports.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { SESSION_COOKIE, readCookie } from './cookies.ts';
import { isFromOurPage } from './origin.ts';
import type { Origins } from './origin.ts';

/** What to do once a session of a kind has ended. */
const AGAIN: Record<SessionKind, string> = {
  portal: 'Sign in again.',
  kubernetes: 'Sign in again.',
  'api-token': 'Ask an administrator for a new one.',
};
const SIGN_IN_FIRST = 'You are not signed in.';

/** How a request is allowed to authenticate itself. */
export interface CredentialRules {
  /** What bearer tokens are accepted; a bad `Authorization` never falls back to the cookie. */
  readonly bearer: readonly TokenPurpose[];
  /** Whether the cookie counts, and how surely the request must come from a page of ours. */
  readonly cookie: 'strict' | 'read' | 'anywhere' | 'refused';
  /** Somebody came with a session that has ended. */
  ended?(error: PortalError, username: string): void;
}

/**
 * Finds the session that a request belongs to. Answers at once where the session is held in memory.
 *
 * @throws PortalError `authentication-required`, `session-ended` (with its end), `origin-refused`
 */
export function authenticate(
  sessions: Pick<Sessions, 'authenticate'>,
  origins: Origins,
  request: IncomingMessage,
  rules: CredentialRules,
): LiveSession | Promise<LiveSession> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw new PortalError('authentication-required', 'The Authorization header is no bearer token.');
    return decide(sessions.authenticate(token), rules.bearer, rules);
  }
  const cookie = rules.cookie === 'refused' ? null : readCookie(request.headers.cookie, SESSION_COOKIE);
  if (cookie === null) throw new PortalError('authentication-required', SIGN_IN_FIRST);
  const origin = origins.of(request);
  const isOurs =
    origin !== null && (rules.cookie === 'anywhere' || isFromOurPage(request, origin, rules.cookie === 'strict'));
  if (!isOurs) {
    throw new PortalError('origin-refused', 'The request did not come from a page of this portal.');
  }
  return decide(sessions.authenticate(cookie), ['cookie'], rules);
}

/** Whose cookie a request carries that was refused for where it came from: for the record, it authorizes nothing. */
export async function cookieOwner(
  sessions: Pick<Sessions, 'authenticate'>,
  request: IncomingMessage,
): Promise<LiveSession | null> {
  const cookie = readCookie(request.headers.cookie, SESSION_COOKIE);
  const result = cookie === null ? null : await sessions.authenticate(cookie);
  return result?.live === true && result.purpose === 'cookie' ? result.session : null;
}

/**
 * @throws PortalError `recent-authentication-required` when the sign-in is older than ten minutes; `forbidden` for an API
 *   token, with which nobody has authenticated
 */
export function requireRecentAuthentication(session: LiveSession, clock: Clock): void {
  if (session.kind === 'api-token')
    throw new PortalError('forbidden', 'This needs somebody who has just signed in: an API token cannot do it.');
  if (clock.now() < recentAuthenticationUntil(session)) return;
  throw new PortalError(
    'recent-authentication-required',
    'This needs a sign-in that is at most ten minutes old. Confirm your password and try again.',
  );
}

/** Until when a session counts as freshly authenticated. */
export function recentAuthenticationUntil({ kind, startedAt }: Pick<LiveSession, 'kind' | 'startedAt'>): number {
  return kind === 'api-token' ? startedAt : startedAt + RECENT_AUTHENTICATION_MS;
}

/** @throws PortalError `forbidden` for everybody who is not an administrator, or only reads where something changes */
export function requireAdministrator(session: LiveSession, changes: boolean): void {
  const { role, readOnly } = session.user;
  if (role !== 'Administrator') throw new PortalError('forbidden', 'Only administrators may do this.');
  if (changes && readOnly)
    throw new PortalError('forbidden', 'You are a read-only administrator, who may change nothing.');
}

function decide(
  result: Authentication | Promise<Authentication>,
  purposes: readonly TokenPurpose[],
  rules: CredentialRules,
): LiveSession | Promise<LiveSession> {
  if (result instanceof Promise) return result.then((each) => liveOrThrow(each, purposes, rules));
  return liveOrThrow(result, purposes, rules);
}

function liveOrThrow(result: Authentication, purposes: readonly TokenPurpose[], rules: CredentialRules): LiveSession {
  const { purpose } = result;
  const isHandedOut = purpose === 'api' && !purposes.includes('api') && purposes.includes('permanent');
  // A token that is used where it does not belong is answered like an unknown one.
  if (purpose === null || !(isHandedOut || purposes.includes(purpose))) {
    throw new PortalError('authentication-required', SIGN_IN_FIRST);
  }
  if (result.live && isHandedOut)
    throw new PortalError('forbidden', 'A temporary API token cannot do this: do it in the portal.');
  if (result.live) return result.session;
  const message = result.end === null ? SIGN_IN_FIRST : `${describeEnd(result.kind, result.end)} ${AGAIN[result.kind]}`;
  const error = new PortalError('session-ended', message, { end: result.end });
  if (result.username !== null) rules.ended?.(error, result.username);
  throw error;
}
