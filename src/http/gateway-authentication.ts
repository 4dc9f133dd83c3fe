import type { IncomingMessage } from 'node:http';
import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { REQUEST_HEADER } from '../wire/session.ts';
import { authenticate } from './authentication.ts';
import type { Origins } from './origin.ts';

export interface GatewayAuthenticationPorts {
  readonly sessions: Sessions;
  mayReach(session: LiveSession, clusterId: string): boolean;
}

/**
 * The Kubernetes session that a request at the gateway belongs to: by a Kubernetes token of that very cluster, or by
 * the cookie of a page of ours, which opens or joins the session of its portal session there.
 *
 * A cookie counts only with `Curfew-Request: 1`, and never where a pod, service or node would answer: its pages would
 * act as whoever is signed in (security, Other people's pages).
 *
 * @throws PortalError, with a Kubernetes `Status` made of it by the gateway
 */
export function createGatewayAuthentication({ sessions, mayReach }: GatewayAuthenticationPorts, origins: Origins) {
  return (
    request: IncomingMessage,
    target: { clusterId: string; proxied: boolean; upgrade: boolean },
  ): LiveSession | Promise<LiveSession> => {
    const marked = request.headers[REQUEST_HEADER.toLowerCase()] === '1';
    const cookie = marked && !target.proxied ? 'strict' : 'refused';
    const session = authenticate(sessions, origins, request, { bearer: ['kubernetes'], cookie });
    return session instanceof Promise
      ? session.then((each) => admit(each, target.clusterId))
      : admit(session, target.clusterId);
  };

  function admit(session: LiveSession, clusterId: string): LiveSession | Promise<LiveSession> {
    if (session.kind === 'kubernetes' && session.clusterId !== clusterId) {
      throw new PortalError('authentication-required', 'This token is for another cluster.');
    }
    requireReach(session, clusterId);
    if (session.kind === 'kubernetes') return session;
    const opened = sessions.openKubernetes(session, clusterId);
    if (!(opened instanceof Promise)) return opened;
    return opened.then((each) => {
      // The grant may have gone while the session was being opened, and a stream is never asked again.
      requireReach(each, clusterId);
      return each;
    });
  }

  function requireReach(session: LiveSession, clusterId: string): void {
    if (!mayReach(session, clusterId))
      throw new PortalError('forbidden', 'You may not reach this cluster, or there is none of that name.');
  }
}
