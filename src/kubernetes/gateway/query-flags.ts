import { invalid } from './request-target.ts';

/**
 * Reads a flag of a query the way Kubernetes does: there and neither `false` nor `0` means yes.
 *
 * @param search with its question mark, already checked by `splitTarget`
 * @throws PortalError `invalid-request` where the flag stands there twice with different meanings
 */
export function readFlag(search: string, name: string): boolean {
  // Without an escape and without the name there is nothing to decode: most queries end here.
  if (search === '' || (!search.includes('%') && !search.includes('+') && !search.includes(name))) return false;
  const values = new URLSearchParams(search).getAll(name).map((value) => isYes(value));
  if (values.length > 1 && values.includes(true) && values.includes(false)) {
    throw invalid(`The query says both yes and no to “${name}”.`);
  }
  return values[0] ?? false;
}

function isYes(value: string): boolean {
  const lower = value.toLowerCase();
  return lower !== 'false' && lower !== '0';
}
