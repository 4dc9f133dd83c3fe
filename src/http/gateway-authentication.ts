import type { IncomingMessage } from 'node:http';
import { PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { KUBERNETES_SESSION_HEADER } from '../wire/dashboard.ts';
import { REQUEST_HEADER } from '../wire/session.ts';
import { authenticate, cookieOwner } from './authentication.ts';
import type { CredentialRules } from './authentication.ts';
import { findKubernetesSession } from './kubernetes-session.ts';
import type { Origins } from './origin.ts';

export interface GatewayAuthenticationPorts {
  readonly sessions: Sessions;
  mayEnter(user: User, clusterId: string, tenantId: string | null): boolean;
  /** Somebody who is signed in, or was, is refused. */
  refused(error: PortalError, username: string, clusterId: string): void;
  /** Whose a refused request was could not be found out. */
  failed(error: unknown): void;
}

interface Target {
  readonly clusterId: string;
  readonly proxied: boolean;
}

/**
 * The Kubernetes session that a request at the gateway belongs to: by a Kubernetes token of that very cluster, or by
 * the cookie of a page of ours, which opens or joins the session of its portal session there, or names the one that it
 * has opened.
 *
 * A cookie counts only with `Curfew-Request: 1`, and never where a pod, service or node would answer: its pages would
 * act as whoever is signed in (security, Other people's pages).
 *
 * @throws PortalError, with a Kubernetes `Status` made of it by the gateway
 */
export function createGatewayAuthentication(ports: GatewayAuthenticationPorts, origins: Origins) {
  const { sessions, mayEnter } = ports;
  return (request: IncomingMessage, target: Target): LiveSession | Promise<LiveSession> => {
    const marked = request.headers[REQUEST_HEADER.toLowerCase()] === '1';
    // Where a cookie never counts, whose it is tells no more than who tried.
    const cookie = target.proxied ? 'anywhere' : marked ? 'strict' : 'refused';
    const ended = (error: PortalError, username: string) => ports.refused(error, username, target.clusterId);
    const session = authenticateOrNote(request, target.clusterId, { bearer: ['kubernetes'], cookie, ended });
    const asked = request.headers[KUBERNETES_SESSION_HEADER.toLowerCase()];
    const id = typeof asked === 'string' ? asked : null;
    return session instanceof Promise ? session.then((each) => admit(each, target, id)) : admit(session, target, id);
  };

  function authenticateOrNote(request: IncomingMessage, clusterId: string, rules: CredentialRules) {
    try {
      return authenticate(sessions, origins, request, rules);
    } catch (error) {
      if (error instanceof PortalError && error.code === 'origin-refused') {
        cookieOwner(sessions, request)
          .then((owner) => owner !== null && ports.refused(error, owner.user.username, clusterId))
          .catch(ports.failed);
      }
      throw error;
    }
  }

  /** @param childId the Kubernetes session that a page asks under; null: that of the whole cluster */
  function admit(
    session: LiveSession,
    { clusterId, proxied }: Target,
    childId: string | null,
  ): LiveSession | Promise<LiveSession> {
    if (session.kind === 'portal' && proxied) {
      refuse('authentication-required', 'Where a pod, service or node answers, a cookie does not count.');
    }
    if (session.kind === 'kubernetes' && session.clusterId !== clusterId) {
      refuse('authentication-required', 'This token is for another cluster.');
    }
    if (session.kind === 'kubernetes' || childId === null) requireReach(session);
    if (session.kind === 'kubernetes') return session;
    const opened = childId === null ? openOrNote() : findKubernetesSession(sessions, session, childId);
    if (!(opened instanceof Promise)) return opened;
    return opened.catch(note).then((each) => {
      if (each.clusterId !== clusterId)
        refuse('authentication-required', 'This Kubernetes session is one of another cluster.');
      // The grant may have gone while the session was being opened, and a stream is never asked again.
      requireReach(each);
      return each;
    });

    function openOrNote(): LiveSession | Promise<LiveSession> {
      try {
        return sessions.openKubernetes(session, clusterId);
      } catch (error) {
        return note(error);
      }
    }
    function note(error: unknown): never {
      if (error instanceof PortalError) ports.refused(error, session.user.username, clusterId);
      throw error;
    }

    function requireReach(who: LiveSession): void {
      if (!mayEnter(who.user, clusterId, who.tenantId))
        refuse('forbidden', 'You may not reach this cluster, or there is none of that name.');
    }
    function refuse(code: ErrorCode, message: string): never {
      note(new PortalError(code, message));
    }
  }
}
