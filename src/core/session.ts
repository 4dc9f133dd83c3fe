import type { EndReason } from './end-reason.ts';
import type { Limit } from './limits.ts';
import type { SessionKind } from './session-kind.ts';

/**
 * One continuous stretch of access by one user after one authentication. The row is the truth; its deadline is
 * computed (`deadline.ts`), never stored.
 */
export interface Session {
  readonly id: string;
  readonly kind: SessionKind;
  readonly userId: string;
  /** The portal session or API token that a Kubernetes session lives under; null for every other kind. */
  readonly parentId: string | null;
  /** The cluster of a Kubernetes session; null for every other kind. */
  readonly clusterId: string | null;
  /** The tenant of that cluster that it is confined to; null where it has the whole cluster. */
  readonly tenantId: string | null;
  readonly startedAt: number;
  /** Never before `startedAt`, never in the future, never moves backward. */
  readonly lastActivityAt: number;
  /** Set once, when the session is over. */
  readonly end: SessionEnd | null;
  /** What a permanent API token was made with; absent for every other kind. */
  readonly apiToken?: ApiTokenTerms;
}

/** What a permanent API token was made with, once and for all (docs/adr/0024). */
export interface ApiTokenTerms {
  /** Unique among the live ones of its user. */
  readonly name: string;
  /** Its deadline, whatever is done with it. */
  readonly expiresAt: number;
  /** Whether Kubernetes sessions may be opened with it. */
  readonly kubernetes: boolean;
}

/** How a session ended. */
export interface SessionEnd {
  readonly at: number;
  readonly reason: EndReason;
  /** The limit that decided; null when somebody, not a limit, ended it. */
  readonly limit: Limit | null;
  /** For `replaced`: the session that took its place. */
  readonly replacedBy?: string;
}
