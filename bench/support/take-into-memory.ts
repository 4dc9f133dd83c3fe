import { once } from 'node:events';
import { connect } from 'node:net';
import type { PortalProcess } from './portal-process.ts';
import { cookieOf } from './portal-process.ts';
import type { SeededSession } from './seed.ts';

/** How many requests are on the way at once: enough to keep the portal busy, few enough not to flood it. */
const BATCH = 200;
/** A Kubernetes token is refused here, after its session and the one above it were read. */
const ANSWERS = { cookie: 'HTTP/1.1 204 ', kubernetes: 'HTTP/1.1 401 ' } as const;

/**
 * Has the portal take sessions into its memory, by one check of each: it reads a session when it is first needed.
 *
 * @throws Error when a session is not known
 */
export async function takeIntoMemory(portal: PortalProcess, sessions: readonly SeededSession[]): Promise<void> {
  const expected = sessions[0]?.purpose === 'kubernetes' ? ANSWERS.kubernetes : ANSWERS.cookie;
  const socket = connect(portal.port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  let text = '';
  const seen: { answered: number; failure: string | null } = { answered: 0, failure: null };
  let wake: () => void = () => undefined;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (let end = endOfAnswer(text); end >= 0 && end <= text.length; end = endOfAnswer(text)) {
      if (!text.startsWith(expected)) seen.failure = text;
      text = text.slice(end);
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
    socket.write(batch.map((each) => requestFor(portal, each)).join(''));
    while (seen.answered < from + batch.length) {
      if (seen.failure !== null) throw new Error(`a session could not be read: ${seen.failure}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  socket.destroy();
}

/** Where the first answer in a text ends; -1 while its head is not whole. */
function endOfAnswer(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return -1;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? '0';
  return head + 4 + Number(length);
}

function requestFor({ host }: PortalProcess, { token, purpose }: SeededSession): string {
  const credential = purpose === 'cookie' ? `Cookie: ${cookieOf(token)}` : `Authorization: Bearer ${token}`;
  return `GET /api/session/check HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\n\r\n`;
}
