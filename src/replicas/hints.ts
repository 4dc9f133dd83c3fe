/**
 * What another replica wrote, as a NOTIFY payload says it. A hint only: whoever receives one reads the row again.
 * `activity` carries its instant too, since reading for every keystroke would cost more than it could spoil.
 */
export type Hint =
  | { readonly what: 'end' | 'user'; readonly id: string }
  | { readonly what: 'activity'; readonly id: string; readonly at: number }
  | { readonly what: 'limits' | 'grants' };

/** @returns null for a payload that this version does not know: a newer one may run beside it */
export function parseHint(payload: string): Hint | null {
  const [what = '', id = '', at = ''] = payload.split(' ');
  switch (what) {
    case 'end':
    case 'user':
      return id === '' ? null : { what, id };
    case 'activity':
      return id !== '' && /^\d{1,16}$/.test(at) ? { what, id, at: Number(at) } : null;
    case 'limits':
    case 'grants':
      return { what };
    default:
      return null;
  }
}
