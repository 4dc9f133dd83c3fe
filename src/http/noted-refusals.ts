import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { cookieOwner } from './authentication.ts';
import type { HttpPorts } from './ports.ts';

/** What was asked for, by whom as far as that is known, and from where. */
interface Asked {
  readonly raw: IncomingMessage;
  readonly session: LiveSession | null;
  readonly what: string;
  readonly address: string | null;
}

export function askedOf(request: FastifyRequest): Asked {
  const what = `${request.method} ${request.routeOptions.url ?? ''}`;
  return { raw: request.raw, session: request.session, what, address: request.ip };
}

/** Counts a refusal, and records one that tells of somebody who tried what is not allowed. */
export function noteRefusal(ports: HttpPorts, code: ErrorCode, { raw, session, what, address }: Asked): void {
  ports.metrics.countRefusal(code);
  if (code !== 'forbidden' && code !== 'origin-refused') return;
  const note = (who: LiveSession | null): void => {
    if (who === null) return;
    const actor = who.user.username;
    const sentence = `${actor} was refused ${what}: ${code}.`;
    ports.signIn.refusals.note({ event: 'access.refused', actor, subject: what, address, why: code, sentence });
  };
  if (session !== null) return note(session);
  // Another site may act in the browser of somebody who is signed in: whose it was belongs in the record.
  cookieOwner(ports.sessions, raw)
    .then(note)
    .catch((error: unknown) => ports.log.error({ err: error }, 'a refusal could not be recorded'));
}
