import type { FastifyReply } from 'fastify';
import { describeEnd } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { endView } from '../wire/session.ts';
import type { HttpPorts } from './ports.ts';
import { LOOK_EVERY_MS, tellSessionNews } from './session-news.ts';

const LINGER_MS = 100;
const RETRY_MS = 500;
/** More tabs than a browser shows, and few enough for nobody to feel them. */
const MOST_EVENT_STREAMS = 64;

/**
 * Server-sent events of a portal session: `session` at first and whenever the deadline moves, `warning` before the end,
 * `ended` as the last one. Where only this server goes, it says when to connect again, and nothing of an end.
 *
 * @throws PortalError `session-ended`, `unavailable`, `overloaded` where too many are open already
 */
export function streamEvents(ports: HttpPorts, session: LiveSession, reply: FastifyReply): void {
  const { clock, sessions } = ports;
  const { raw } = reply;
  ports.drain.admitStream();
  if (session.streamCount >= MOST_EVENT_STREAMS) {
    throw new PortalError('overloaded', `This session has ${MOST_EVENT_STREAMS} event streams open. Close a tab.`, {
      retryAfterMs: LOOK_EVERY_MS,
    });
  }
  const send = (event: string, data: object): void => {
    raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const admission = session.openStream({
    kind: 'events',
    cut(end) {
      // A session that lives on is listened to elsewhere, or here once this server is back.
      if (end.reason === 'shutdown') raw.write(`retry: ${RETRY_MS}\n\n`);
      else send('ended', endView(end, describeEnd(session.kind, end)));
      raw.end();
      // A page that does not read must not hold the connection.
      const linger = clock.setTimer(clock.now() + LINGER_MS, () => raw.destroy());
      raw.once('close', () => linger.dispose());
    },
  });
  if (!admission.open) {
    throw new PortalError('session-ended', describeEnd(session.kind, admission.end), { end: admission.end });
  }
  reply.hijack();
  const headers = {
    ...reply.getHeaders(),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  };
  raw.writeHead(200, headers as Record<string, string>);
  // Something is sent at each look, so that a dead connection is noticed.
  const news = tellSessionNews({ sessions, clock, send, idle: () => raw.write(': alive\n\n') }, session);
  const stop = (): void => {
    admission.release();
    news.dispose();
  };
  raw.once('close', stop);
  // The page may have gone while its session was looked up.
  if (raw.destroyed) stop();
}
