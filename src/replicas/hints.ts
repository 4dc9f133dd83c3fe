/**
 * What another replica wrote, as a NOTIFY payload says it. A hint only, for whoever reaches the database can send one:
 * the row is read again, and what else stands in a payload is of no effect.
 */
export type Hint = { readonly what: 'session' | 'user'; readonly id: string } | { readonly what: 'limits' | 'grants' };

/** @returns null for a payload that this version does not know: a newer one may run beside it */
export function parseHint(payload: string): Hint | null {
  const [what = '', id = ''] = payload.split(' ');
  switch (what) {
    case 'end':
    case 'activity':
      return id === '' ? null : { what: 'session', id };
    case 'user':
      return id === '' ? null : { what, id };
    case 'limits':
    case 'grants':
      return { what };
    default:
      return null;
  }
}
