import { z } from 'zod';
import { ERROR_CODES } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { END_REASONS } from '../core/end-reason.ts';
import { limitSchema } from './limit.ts';

/** One table: what each refusal is on the wire. `exit` is the exit code of the command line. */
export const PROBLEMS: Record<ErrorCode, { status: number; title: string; exit: number }> = {
  'authentication-required': { status: 401, title: 'Sign in first', exit: 3 },
  'reauthentication-required': { status: 401, title: 'Sign in again', exit: 3 },
  'session-ended': { status: 401, title: 'The session has ended', exit: 3 },
  'recent-authentication-required': { status: 403, title: 'Confirm your password first', exit: 3 },
  'invalid-credentials': { status: 401, title: 'The username or the password is wrong', exit: 3 },
  'invalid-setup-token': { status: 403, title: 'The link is not valid', exit: 3 },
  'login-request-over': { status: 410, title: 'The command line asks no more', exit: 3 },
  'too-many-attempts': { status: 429, title: 'Too many attempts', exit: 6 },
  'too-many-tokens': { status: 409, title: 'Too many tokens', exit: 2 },
  'quota-exceeded': { status: 429, title: 'As many as are allowed', exit: 6 },
  overloaded: { status: 503, title: 'Too busy right now', exit: 6 },
  unavailable: { status: 503, title: 'Not available right now', exit: 6 },
  forbidden: { status: 403, title: 'Not allowed', exit: 4 },
  'origin-refused': { status: 403, title: 'The request came from another site', exit: 4 },
  'wrong-host': { status: 421, title: 'Not the portal of this host name', exit: 2 },
  'not-found': { status: 404, title: 'Not found', exit: 5 },
  'method-not-allowed': { status: 405, title: 'The path has no such method', exit: 2 },
  conflict: { status: 409, title: 'It exists already', exit: 2 },
  'invalid-request': { status: 400, title: 'The request is not valid', exit: 2 },
  'payload-too-large': { status: 413, title: 'The request is too large', exit: 2 },
  'unsupported-media-type': { status: 415, title: 'The body is of another kind', exit: 2 },
  'last-administrator': { status: 409, title: 'The last administrator stays', exit: 2 },
  'cluster-unavailable': { status: 503, title: 'The cluster does not answer', exit: 6 },
  'shell-unavailable': { status: 503, title: 'The kubectl shell is off', exit: 6 },
  'wrong-replica': { status: 421, title: 'It lives on another replica', exit: 6 },
  'internal-error': { status: 500, title: 'An error of the portal', exit: 1 },
};

/** RFC 9457 problem details, as `application/problem+json`. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('A sentence for people: what happened, why, what to do'),
    code: z.enum(ERROR_CODES),
    field: z.string().optional().describe('For invalid input: the field it is about'),
    endReason: z.enum(END_REASONS).optional().describe('For ended sessions: why'),
    limit: limitSchema.nullish().describe('For ended sessions: the limit that decided'),
    endedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
