/** How this document was loaded: its policy lets it call the port that stood in its address then, and no other. */
const LOADED_AT = new URL(globalThis.location.href);

/** Whether the document has to be loaded anew before it can post to a port: it came here from another page of ours. */
export function isLoadedFor(port: number, loadedAt = LOADED_AT, here = new URL(globalThis.location.href)): boolean {
  return loadedAt.pathname === here.pathname && loadedAt.searchParams.get('localPort') === String(port);
}

/** Where the program listens: on this machine, and nowhere else. */
export function targetOf(port: number): string {
  return `http://localhost:${port}/`;
}

/**
 * Posts a token to the program, as a body that needs no preflight. What it answers is not to be read.
 *
 * @returns false where nothing answered
 */
export async function post(port: number, token: string): Promise<boolean> {
  try {
    await fetch(targetOf(port), {
      method: 'POST',
      mode: 'no-cors',
      credentials: 'omit',
      // The program looks at the Origin, which our policy of telling nobody would make `null`.
      referrerPolicy: 'origin',
      headers: { 'content-type': 'text/plain' },
      body: token,
    });
    return true;
  } catch {
    // Nobody listens there any more; the page says so.
    return false;
  }
}
