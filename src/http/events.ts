import type { FastifyReply } from 'fastify';
import type { Timer } from '../core/clock.ts';
import { describeEnd } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { endView } from '../wire/session.ts';
import type { HttpPorts } from './ports.ts';
import { ownSessionView } from './session-view.ts';

const LOOK_EVERY_MS = 5000;
const LINGER_MS = 100;
/** More tabs than a browser shows, and few enough for nobody to feel them. */
const MOST_EVENT_STREAMS = 64;

/**
 * Server-sent events of a portal session: `session` at first and whenever the deadline moves, `ended` as the last one.
 *
 * @throws PortalError `session-ended`, `overloaded` where too many are open already
 */
export function streamEvents(ports: HttpPorts, session: LiveSession, reply: FastifyReply): void {
  const { clock, sessions } = ports;
  const { raw } = reply;
  if (session.streamCount >= MOST_EVENT_STREAMS) {
    throw new PortalError('overloaded', `This session has ${MOST_EVENT_STREAMS} event streams open. Close a tab.`, {
      retryAfterMs: LOOK_EVERY_MS,
    });
  }
  let lastSent = '';
  let timer: Timer | null = null;

  const send = (event: string, data: string): void => {
    raw.write(`event: ${event}\ndata: ${data}\n\n`);
  };
  const sendSession = (): void => {
    if (session.end() !== null) return;
    const { endsAt, endsBy, now, durationEndsAt, warningMinutes, limits } = ownSessionView(session, sessions, clock);
    const stable = { endsAt, endsBy, durationEndsAt, warningMinutes, limits };
    const key = JSON.stringify(stable);
    // Something is sent in any case, so that a dead connection is noticed.
    if (key === lastSent) raw.write(': alive\n\n');
    else send('session', JSON.stringify({ ...stable, now }));
    lastSent = key;
  };
  const look = (): void => {
    sendSession();
    timer = clock.setTimer(clock.now() + LOOK_EVERY_MS, look);
  };

  const admission = session.openStream({
    kind: 'events',
    cut(end) {
      send('ended', JSON.stringify(endView(end, describeEnd(session.kind, end))));
      raw.end();
      // A page that does not read must not hold the connection.
      const linger = clock.setTimer(clock.now() + LINGER_MS, () => raw.destroy());
      raw.once('close', () => linger.dispose());
    },
  });
  if (!admission.open) {
    throw new PortalError('session-ended', describeEnd(session.kind, admission.end), { end: admission.end });
  }
  const limits = sessions.onLimitsChanged(sendSession);
  raw.once('close', () => {
    admission.release();
    limits.dispose();
    timer?.dispose();
  });

  reply.hijack();
  const headers = {
    ...reply.getHeaders(),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  };
  raw.writeHead(200, headers as Record<string, string>);
  look();
}
