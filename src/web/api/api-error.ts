import type { Problem } from '../../wire/problems.ts';

/** The portal refused a request, and said why. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;
  /** For throttling: when to try again, in milliseconds from the answer. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The portal did not answer: no network, or it is down. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(options?: ErrorOptions) {
    super('The portal does not answer. Check the network, then try again.', options);
  }
}

/** The answer is not of the form that this page knows, as after an upgrade of the portal. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';

  constructor(what: string, options?: ErrorOptions) {
    super(`The portal's answer to ${what} is not one that this page understands. Reload the page.`, options);
  }
}

/** Somebody closed the dialog that a call was waiting for: nothing happened, and nothing needs to be said. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/** What a caught value says to people. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the portal refused since the session that the request was sent under is over. */
export function isSessionRefusal(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.problem.code === 'authentication-required' || error.problem.code === 'session-ended')
  );
}
