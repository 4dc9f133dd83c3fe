import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from './live-session.ts';
import type { Sessions } from './sessions.ts';
import type { SessionHandle } from './stream.ts';

/** The live shells of this process, as far as they can move to another session. */
export interface MovableShells {
  listOf(portalSessionId: string): readonly { readonly id: string; readonly clusterId: string }[];
  /** Takes a shell along to the Kubernetes session that replaces its own. @throws PortalError where that cannot be */
  rebind(id: string, session: SessionHandle): void;
}

/** Live shells of a browser move to Kubernetes sessions of its new portal session (design, section 2.6). */
export async function takeShellsAlong(
  sessions: Pick<Sessions, 'openKubernetes'>,
  shells: MovableShells,
  from: LiveSession,
  to: LiveSession,
): Promise<void> {
  for (const shell of shells.listOf(from.id)) {
    try {
      shells.rebind(shell.id, await sessions.openKubernetes(to, shell.clusterId));
    } catch (error) {
      // It ended meanwhile, or its cluster is out of reach: signing in is not to fail for that.
      if (!(error instanceof PortalError)) throw error;
    }
  }
}
