import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import type { SessionHandle, Stream } from '../../sessions/stream.ts';
import { describeConnectionError } from '../clusters/plain-words.ts';
import type { ClientRecords } from '../gateway/client-records.ts';
import { AddressRefused } from './allowed-addresses.ts';
import type { Origins } from './headers.ts';
import type { UpstreamConnections } from './upstream-connection.ts';

/** A stream of somebody to an upstream. */
export interface UpstreamStream extends Stream {
  /** Ends it without a word of a session: its dashboard is no longer there. */
  drop(): void;
}

export interface UpstreamProxyPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly connections: UpstreamConnections;
  readonly records: Pick<ClientRecords, 'enter' | 'leave'>;
  /** Whether a dashboard is registered still. */
  isRegistered(id: string): boolean;
  /** @throws PortalError `unavailable` where no stream may be opened any more */
  admitStream(): void;
  /** A credential of a session for its cluster. @throws PortalError */
  credentialOf(session: SessionHandle, dashboard: UpstreamDashboard): Promise<string>;
}

/** What somebody asks of an upstream. */
export interface UpstreamSubject {
  readonly dashboard: UpstreamDashboard;
  readonly origins: Origins;
  readonly session: SessionHandle;
  readonly authorization: string | null;
  /** Answers in place of the upstream, which has not answered. */
  refuse(error: PortalError): void;
}

/** Why an upstream did not answer, for whoever asked: where it is, administrators alone get to know. */
export function upstreamFailure(
  error: unknown,
  { dashboard: { name, upstream }, session: { user } }: Pick<UpstreamSubject, 'dashboard' | 'session'>,
): PortalError {
  const why =
    error instanceof AddressRefused
      ? 'it is at an address of the portal’s machine, its links, or a cloud’s metadata, which --dashboard-networks does not allow'
      : describeConnectionError(error, new URL(upstream)).replace(
          'the authority in the kubeconfig',
          'an authority that this system knows',
        );
  const said = user.role === 'Administrator' ? `: ${why}.` : ' now. An administrator of Curfew can see why.';
  return new PortalError('unavailable', `${name} cannot be reached${said}`, { cause: error });
}
