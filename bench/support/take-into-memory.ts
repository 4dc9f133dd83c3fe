import { once } from 'node:events';
import { connect } from 'node:net';
import type { PortalProcess } from './portal-process.ts';
import { cookieOf } from './portal-process.ts';
import type { SeededSession } from './seed.ts';

/** How many requests are on the way at once: enough to keep the portal busy, few enough not to flood it. */
const BATCH = 200;
const OK = 'HTTP/1.1 204 ';

/**
 * Has the portal take sessions into its memory, by one check of each: it reads a session when it is first needed.
 *
 * @throws Error when a session is not known
 */
export async function takeIntoMemory(portal: PortalProcess, sessions: readonly SeededSession[]): Promise<void> {
  const socket = connect(portal.port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  let text = '';
  const seen: { answered: number; failure: string | null } = { answered: 0, failure: null };
  let wake: () => void = () => undefined;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      if (!text.startsWith(OK)) seen.failure = text;
      text = text.slice(end + 4);
      seen.answered++;
    }
    wake();
  });
  socket.on('close', () => {
    seen.failure ??= 'the portal closed the connection';
    wake();
  });
  for (let from = 0; from < sessions.length; from += BATCH) {
    const batch = sessions.slice(from, from + BATCH);
    socket.write(batch.map(({ token }) => requestFor(portal, token)).join(''));
    while (seen.answered < from + batch.length) {
      if (seen.failure !== null) throw new Error(`a session could not be read: ${seen.failure}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  socket.destroy();
}

function requestFor({ host }: PortalProcess, token: string): string {
  return `GET /api/session/check HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookieOf(token)}\r\n\r\n`;
}
