import { describeEnd } from '../../core/explain.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { SessionEnd } from '../../core/session.ts';
import { PROBLEMS } from '../../wire/problems.ts';
import type { Remedy } from './remedy.ts';

/** An answer of the gateway itself, in place of the cluster's. */
export interface Refusal {
  readonly code: number;
  /** For people; kubectl prints it. */
  readonly message: string;
  readonly retryAfterSeconds: number | null;
  /** How the session ended, where that is why. */
  readonly end: SessionEnd | null;
}

/** Why a stream ends, for its client. */
export type Farewell = Pick<Refusal, 'code' | 'message' | 'end'>;

/** All streams of a session end by the same end, and many at one instant. */
const WORDS = new WeakMap<SessionEnd, string>();

export function refusal(code: number, message: string): Refusal {
  return { code, message, retryAfterSeconds: null, end: null };
}

const RETRY_AFTER_SECONDS = 1;

/** What is answered where a stream or a request was cut: why, and how to go on. */
export function endedRefusal(end: SessionEnd, remedy: Remedy): Refusal {
  const message = describeEndAndRemedy(end, remedy);
  // The session lives, so no client may take it for signed out.
  if (end.reason === 'shutdown') return { ...refusal(503, message), retryAfterSeconds: RETRY_AFTER_SECONDS };
  return { ...refusal(401, message), end };
}

/** The one line that kubectl prints when a Kubernetes session is over. */
export function describeEndAndRemedy(end: SessionEnd, remedy: Remedy): string {
  const known = WORDS.get(end) ?? describeEnd('kubernetes', end);
  WORDS.set(end, known);
  return `${known} ${end.reason === 'shutdown' ? 'Try again.' : remedy()}`;
}

/** Turns a refusal of the portal into one of the gateway. What is no PortalError is a bug and goes on. */
export function refusalOf(error: unknown, remedy: Remedy): Refusal {
  if (!(error instanceof PortalError)) throw error;
  const { status } = PROBLEMS[error.code];
  const ended = status === 401 && error.end !== null;
  const message = ended
    ? describeEndAndRemedy(error.end, remedy)
    : status === 401
      ? withRemedy(error.message, remedy)
      : error.message;
  const retryAfterSeconds = error.retryAfterMs === null ? null : Math.ceil(error.retryAfterMs / 1000);
  return { code: status, message, retryAfterSeconds, end: ended ? error.end : null };
}

function withRemedy(message: string, remedy: Remedy): string {
  return /sign in/i.test(message) ? message : `${message.replace(/[.]$/, '')}. ${remedy()}`;
}
