import type { FastifyRequest } from 'fastify';
import type { Actor } from '../identity/users.ts';
import type { LiveSession } from '../sessions/live-session.ts';

/** Whose token a call came with. */
export function callerOf({ session, url }: FastifyRequest): LiveSession {
  if (session === null) throw new Error(`the route ${url} has no session`);
  return session;
}

export function actorOf(request: FastifyRequest): Actor {
  const session = callerOf(request);
  return { username: session.user.username, address: request.ip, session };
}
