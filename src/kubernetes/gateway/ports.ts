import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import type { PortalError } from '../../core/portal-error.ts';
import type { SessionHandle, StreamKind } from '../../sessions/stream.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { ApiRequest } from './api-request.ts';
import type { TenantPorts } from './tenant-check.ts';

/** What a request is for, as far as authentication has to know. */
export interface GatewayTarget {
  readonly clusterId: string;
  /** Whether a pod, service or node answers it: a cookie never authenticates that. */
  readonly proxied: boolean;
}

/** A request for a credential of the cluster, for the record of what happened. */
export interface CredentialRequest {
  readonly session: SessionHandle;
  readonly clusterId: string;
  readonly what: 'service-account-token' | 'certificate' | 'token-secret';
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'capped' | 'refused';
}

/**
 * What became of the processes of an exec that was cut: all of its terminal's session has ended; some of it is left, as
 * it is another user's; there was no terminal, so that stdin was just closed; or why nothing could be done:
 * the exec was cut before its process was found, several processes could have been it, none could, the image has no
 * shell, the cluster refused Curfew's own exec, that failed, or the portal is about to stop and the session goes on.
 */
export type ExecOutcome =
  | 'ended'
  | 'left'
  | 'no-terminal'
  | 'too-late'
  | 'several'
  | 'not-found'
  | 'no-shell'
  | 'refused'
  | 'failed'
  | 'stopping';

/** An exec was cut. What it had started in the pod may live on, which is for the record. */
export interface ExecCut {
  readonly session: SessionHandle;
  readonly namespace: string;
  readonly name: string;
  /** Null where the pod has only one. */
  readonly container: string | null;
  readonly outcome: ExecOutcome;
}

/** A warning that somebody was given: each program of a session gets each of them once. */
export interface GivenWarning {
  readonly sessionId: string;
  /** `kubectl`, as the client calls itself. */
  readonly program: string;
  /** That of the *Session expiry warning*, or that of the last minute. */
  readonly step: 'lead' | 'minute';
}

/** How much one session and one user may hold at a time. */
export interface GatewayLimits {
  readonly streamsPerSession: number;
  readonly streamsPerUser: number;
  /** Ordinary requests that are under way. */
  readonly requestsPerSession: number;
  readonly requestsPerUser: number;
  readonly headerBytes: number;
}

export const GATEWAY_LIMITS: GatewayLimits = {
  streamsPerSession: 500,
  streamsPerUser: 1000,
  requestsPerSession: 200,
  requestsPerUser: 400,
  headerBytes: 16 * 1024,
};

/** What the gateway needs of the rest of the portal. */
export interface GatewayPorts extends TenantPorts {
  /**
   * The Kubernetes session that a request belongs to.
   *
   * @throws PortalError, at once or later; its code decides the answer's status
   */
  authenticate(request: IncomingMessage, target: GatewayTarget): SessionHandle | Promise<SessionHandle>;
  findCluster(id: string): Pick<Cluster, 'connect' | 'forgetCredential'> | undefined;
  /** @throws PortalError `unavailable` where no stream may be opened any more: the portal is about to stop */
  admitStream(): void;
  /** *Session expiry warning*, in minutes. */
  warningMinutes(): number;
  /** To be told to other replicas, so that they do not say it again. */
  onWarned(given: GivenWarning): void;
  readonly clock: Clock;
  readonly log: Logger;
  /** A stream was cut; `latenessMs` after the instant at which its session ended. */
  onCut(kind: StreamKind, latenessMs: number): void;
  /** An exec was cut, and then what it runs was ended as far as possible; some seconds after `onCut`. */
  onExecCut(cut: ExecCut): void;
  /** The gateway itself refused a request, credentials apart. @param session null where it is not known whose it was */
  onRefused(error: PortalError, session: SessionHandle | null): void;
  onCredentialRequest(request: CredentialRequest): void;
  /** A page asks for what is in Secrets. Resolves once that is on record. @param request what it asks, of one Secret or of many */
  onSecretsShown(session: SessionHandle, request: Pick<ApiRequest, 'verb' | 'namespace' | 'name'>): Promise<void>;
  /** Where shells run as pods, which nobody enters; null where they run on this machine. */
  readonly shellNamespace: string | null;
  readonly limits: GatewayLimits;
}
