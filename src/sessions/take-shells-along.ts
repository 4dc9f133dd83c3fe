import { PortalError } from '../core/portal-error.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from './live-session.ts';
import type { Sessions } from './sessions.ts';
import type { SessionHandle } from './stream.ts';

/** A shell with the session that it belongs to now. */
interface MovableShell {
  readonly id: string;
  readonly clusterId: string;
  readonly session: Pick<SessionHandle, 'tenantId'>;
}

/** The live shells of this process, as far as they can move to another session. */
export interface MovableShells {
  listOf(portalSessionId: string): readonly MovableShell[];
  /** Takes a shell along to the Kubernetes session that replaces its own. @throws PortalError where that cannot be */
  rebind(id: string, session: SessionHandle): void;
}

export interface TakeAlongPorts {
  readonly sessions: Pick<Sessions, 'openKubernetes' | 'end'>;
  readonly shells: MovableShells;
  readonly tenants: { mayEnter(user: User, clusterId: string, tenantId: string | null): boolean };
}

/**
 * Live shells of a browser move to Kubernetes sessions of its new portal session (design, section 2.6), where the user
 * may still enter where they are: behind a shell's relay nobody asks for that again.
 */
export async function takeShellsAlong(ports: TakeAlongPorts, from: LiveSession, to: LiveSession): Promise<void> {
  const { sessions, shells, tenants } = ports;
  for (const { id, clusterId, session: before } of shells.listOf(from.id)) {
    const { tenantId } = before;
    if (!tenants.mayEnter(to.user, clusterId, tenantId)) continue;
    try {
      const session = await sessions.openKubernetes(to, clusterId, tenantId);
      if (tenants.mayEnter(to.user, clusterId, tenantId)) shells.rebind(id, session);
      else await sessions.end(session.id, 'revoked');
    } catch (error) {
      // It ended meanwhile, or its cluster is out of reach: signing in is not to fail for that.
      if (!(error instanceof PortalError)) throw error;
    }
  }
}
