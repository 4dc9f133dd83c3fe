import type { Scope } from '../../core/limits.ts';
import type { SessionEnd } from '../../core/session.ts';

/** A Kubernetes `Status` of kind Failure (meta/v1), as JSON. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  /** For programs: how the session ended (`reason` is the name, `message` the value). */
  readonly details?: { readonly causes: readonly StatusCause[] };
  readonly code: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
}

const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/**
 * A failure in the form that every Kubernetes client reads.
 *
 * @param end of the session, where that is why
 */
export function failureStatus(code: number, message: string, end: SessionEnd | null): Status {
  const reason = REASONS[code] ?? 'InternalError';
  const details = end === null ? {} : { details: { causes: causesOf(end) } };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...details, code };
}

/** What problem details of the portal's API say of an end, under the same names. */
function causesOf({ at, reason, limit }: SessionEnd): StatusCause[] {
  const by =
    limit === null
      ? []
      : [
          { reason: 'limitKey', message: limit.key },
          { reason: 'limitMinutes', message: String(limit.minutes) },
          { reason: 'limitScope', message: scopeText(limit.scope) },
        ];
  return [{ reason: 'endReason', message: reason }, ...by, { reason: 'endedAt', message: new Date(at).toISOString() }];
}

/** A scope for programs: `system`, `cluster local`, and a tenant by its id. */
function scopeText({ kind, id }: Scope): string {
  return kind === 'system' ? kind : `${kind} ${id}`;
}
