import type { SessionEnd } from '../../core/session.ts';
import type { SessionHandle } from '../../sessions/stream.ts';

/** How a shell ended: with its session, alone (closed, or the portal stopped), or because its bash did. */
export type ShellEnd =
  | { readonly cause: 'session'; readonly end: SessionEnd }
  | { readonly cause: 'shell'; readonly end: SessionEnd & { readonly reason: 'closed' | 'shutdown' } }
  | { readonly cause: 'exit'; readonly exitCode: number };

/** A kubectl shell as others see it. */
export interface ShellInfo {
  readonly id: string;
  readonly clusterId: string;
  readonly startedAt: number;
  /** The Kubernetes session that it belongs to now; re-authentication changes it. */
  readonly session: SessionHandle;
  readonly userId: string;
  readonly portalSessionId: string;
  /** Null while it runs. */
  readonly end: ShellEnd | null;
}

/** The portal session above a Kubernetes session. */
export function portalSessionOf(session: SessionHandle): string {
  return session.parent?.id ?? session.id;
}
