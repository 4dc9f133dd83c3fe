/**
 * The path to go to after signing in: one of our own pages, whatever the address bar asks for.
 *
 * @param text a path as it came in a query; anything that a browser would take for another site gives `/`
 */
export function safeReturnTo(text: string | undefined, origin: string = globalThis.location.origin): string {
  if (text === undefined || !text.startsWith('/')) return '/';
  try {
    const url = new URL(text, origin);
    const isOwnPage = url.origin === origin && !url.pathname.startsWith('//') && !url.pathname.startsWith('/sign-in');
    return isOwnPage ? `${url.pathname}${url.search}${url.hash}` : '/';
  } catch {
    // Not an address at all.
    return '/';
  }
}
