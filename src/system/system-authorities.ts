import { getCACertificates } from 'node:tls';

/** The authorities that this machine trusts, as PEM; those that come with Node.js where it has no list of its own. */
export function systemAuthorities(): string {
  const own = getCACertificates('system');
  return (own.length > 0 ? own : getCACertificates('bundled')).join('\n');
}
