import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';

/**
 * The Kubernetes session with this id that lives under a portal session; it is looked up, never opened. Whether its user
 * may still be there is the caller's to ask.
 *
 * @throws PortalError `session-ended`; also for one of somebody else, or that never was
 */
export async function findKubernetesSession(sessions: Sessions, portal: LiveSession, id: string): Promise<LiveSession> {
  const found = [...portal.children.values()].find((child) => child.id === id) ?? (await sessions.find(id));
  if (found === null || found.parent !== portal || found.clusterId === null || found.end() !== null) throw ended();
  // It lives, so that this opens nothing; it is looked at again where this replica may have missed its end.
  const session = await sessions.openKubernetes(portal, found.clusterId, found.tenantId);
  if (session.id !== id) throw ended();
  return session;
}

function ended(): PortalError {
  return new PortalError('session-ended', 'This Kubernetes session has ended.');
}
