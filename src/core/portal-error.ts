import type { SessionEnd } from './session.ts';

/** Every refusal that Curfew gives. `wire/problems.ts` maps each code to an HTTP status, a close code and an exit code. */
export const ERROR_CODES = [
  'authentication-required',
  'reauthentication-required',
  'session-ended',
  'recent-authentication-required',
  'invalid-credentials',
  'invalid-setup-token',
  'login-request-over',
  'too-many-attempts',
  'too-many-tokens',
  'quota-exceeded',
  'overloaded',
  'unavailable',
  'forbidden',
  'origin-refused',
  'wrong-host',
  'not-found',
  'method-not-allowed',
  'conflict',
  'invalid-request',
  'payload-too-large',
  'unsupported-media-type',
  'last-administrator',
  'cluster-unavailable',
  'shell-unavailable',
  'wrong-replica',
  'internal-error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected refusal: a code for programs, a sentence for people. Anything else that is thrown is a bug. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly code: ErrorCode;
  /** For ended sessions: how they ended. */
  readonly end: SessionEnd | null;
  /** For throttling and overload: when to try again, in milliseconds from now. */
  readonly retryAfterMs: number | null;
  /** For invalid input: which field. */
  readonly field: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    details: { end?: SessionEnd | null; retryAfterMs?: number; field?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.end = details.end ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.field = details.field ?? null;
  }
}
