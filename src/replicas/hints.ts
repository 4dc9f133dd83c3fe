/**
 * What another replica wrote, as a NOTIFY payload says it. A hint only, for whoever reaches the database can send one:
 * the row is read again, and what else stands in a payload is of no effect. Only that somebody was warned stands in no
 * row: who makes that up keeps a line from somebody, and no more.
 */
export type Hint =
  | { readonly what: 'session' | 'user'; readonly id: string }
  | { readonly what: 'limits' | 'grants' | 'tenants' | 'dashboards' }
  | ({ readonly what: 'warned' } & Warned);

/** A program of a session was warned of the session's end. */
export interface Warned {
  readonly sessionId: string;
  readonly program: string;
  readonly step: 'lead' | 'minute';
}

/** The payload that says so. None of its parts has a space in it. */
export function warnedPayload({ sessionId, program, step }: Warned): string {
  return `warned ${sessionId} ${program} ${step}`;
}

/** @returns null for a payload that this version does not know: a newer one may run beside it */
export function parseHint(payload: string): Hint | null {
  const [what = '', id = '', program = '', step] = payload.split(' ');
  switch (what) {
    case 'end':
    case 'activity':
      return id === '' ? null : { what: 'session', id };
    case 'user':
      return id === '' ? null : { what, id };
    case 'limits':
    case 'grants':
    case 'tenants':
    case 'dashboards':
      return { what };
    case 'warned':
      return step === 'lead' || step === 'minute' ? { what, sessionId: id, program, step } : null;
    default:
      return null;
  }
}
