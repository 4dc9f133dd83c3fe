import type { Decided } from './consent.tsx';

/**
 * Where the browser brings the answer: to the command line on this very machine, and nowhere else (RFC 8252, 7.3).
 *
 * @returns null where no command line waits on this machine
 */
export function callbackUrl({ redirectPort, code }: Decided, state: string): string | null {
  if (redirectPort === null) return null;
  const url = new URL(`http://127.0.0.1:${redirectPort}/`);
  url.search = new URLSearchParams(code === null ? { error: 'access_denied', state } : { code, state }).toString();
  return url.href;
}
