import { describeEnd } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import type { SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';

/** @param end null for a session that is not known */
export function endedError(kind: SessionKind, end: SessionEnd | null): PortalError {
  if (end === null) return new PortalError('authentication-required', 'You are not signed in.');
  return new PortalError('session-ended', describeEnd(kind, end), { end });
}

/** For a Kubernetes session that has ended while its portal session lives. */
export function reauthenticationError(end: SessionEnd): PortalError {
  const message = `${describeEnd('kubernetes', end)} Sign in again to open a new one.`;
  return new PortalError('reauthentication-required', message, { end });
}

export function tooManyTokensError(most: number): PortalError {
  const message =
    `This session has ${most} tokens of this kind already. Use one of those, or sign in again: ` +
    'a new session begins without any, and those of the old one end with it.';
  return new PortalError('too-many-tokens', message);
}
