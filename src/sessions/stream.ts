import type { Deadline } from '../core/deadline.ts';
import type { SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { User } from '../core/user.ts';

/** What a stream carries; the label under which metrics count it. */
export type StreamKind =
  'exec' | 'attach' | 'port-forward' | 'watch' | 'log' | 'request' | 'terminal' | 'dashboard' | 'events';

/** A long-lived connection inside a session. Whoever opens it owns closing it, and must be able to cut it. */
export interface Stream {
  readonly kind: StreamKind;
  /**
   * Ends the stream because its session ended: the upstream first, buffers discarded, one message attempted, and the
   * socket reset within 100 ms. Synchronous, must not throw, is called at most once.
   */
  cut(end: SessionEnd): void;
}

/** The answer to opening a stream: registered, or refused because the session is over. */
export type StreamAdmission =
  | { readonly open: true; /** To be called once the stream has ended by itself. */ release(): void }
  | { readonly open: false; readonly end: SessionEnd };

/**
 * A session as the server, the gateway and the shell hold it. Everything on it answers at once, from memory, and is
 * exact: after the deadline's millisecond `end()` is not null, whether or not a timer has fired yet.
 */
export interface SessionHandle {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: User;
  readonly startedAt: number;
  readonly lastActivityAt: number;
  /** The portal session above a Kubernetes session. */
  readonly parent: SessionHandle | null;
  readonly clusterId: string | null;
  /** The tenant that it is confined to; null where it has the whole cluster. */
  readonly tenantId: string | null;
  deadline(): Deadline;
  /** What the deadline becomes if its user goes on and on. */
  latestDeadline(): Deadline;
  /** Null while the session lives. */
  end(): SessionEnd | null;
  /** Notes something that a person did, now; in a child it is activity of its ancestors too. Never revives. */
  touch(): void;
  /** Registers a stream, so that it is cut when the session ends. Register first, then connect, then check again. */
  openStream(stream: Stream): StreamAdmission;
}
