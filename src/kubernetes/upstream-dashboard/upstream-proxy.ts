import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import { endedError } from '../../sessions/refusals.ts';
import type { SessionHandle, Stream } from '../../sessions/stream.ts';
import { describeConnectionError } from '../clusters/plain-words.ts';
import type { ClientRecords } from '../gateway/client-records.ts';
import { AddressRefused } from './allowed-addresses.ts';
import type { Origins } from './headers.ts';
import type { UpstreamConnections } from './upstream-connection.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import { UpstreamTunnel } from './upstream-tunnel.ts';

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

/** Passes requests and websockets on to upstreams, inside a Kubernetes session and until it ends. */
export class UpstreamProxy {
  readonly #ports: UpstreamProxyPorts;
  readonly #open = new Map<string, Set<UpstreamStream>>();

  constructor(ports: UpstreamProxyPorts) {
    this.#ports = ports;
  }

  /** @throws PortalError with nothing answered */
  async exchange(
    subject: Omit<UpstreamSubject, 'authorization'>,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const authorization = await this.#authorization(subject);
    if (response.destroyed) return;
    const exchange = new UpstreamExchange(this.#ports, { ...subject, authorization }, incoming, response);
    const leave = this.#admit(subject, exchange);
    response.once('close', leave);
    exchange.start();
  }

  /** @throws PortalError with nothing answered */
  async tunnel(
    subject: Omit<UpstreamSubject, 'authorization'>,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    this.#ports.admitStream();
    const authorization = await this.#authorization(subject);
    if (socket.destroyed) return;
    const tunnel = new UpstreamTunnel(this.#ports, { ...subject, authorization }, incoming, socket, head);
    const leave = this.#admit(subject, tunnel);
    socket.once('close', leave);
    tunnel.start();
  }

  /** Ends what is open at a dashboard. */
  dropAll({ id }: UpstreamDashboard): void {
    for (const stream of this.#open.get(id) ?? []) stream.drop();
  }

  async #authorization({ dashboard, session }: Pick<UpstreamSubject, 'dashboard' | 'session'>): Promise<string | null> {
    if (!dashboard.passesCredential) return null;
    return `Bearer ${await this.#ports.credentialOf(session, dashboard)}`;
  }

  /** Counts a stream and registers it with its session. @returns what lets go of it */
  #admit({ dashboard, session }: Pick<UpstreamSubject, 'dashboard' | 'session'>, stream: UpstreamStream): () => void {
    const { records } = this.#ports;
    records.enter(session, stream.kind);
    const registered = session.openStream(stream);
    if (!registered.open) {
      records.leave(session, stream.kind);
      throw endedError(session.kind, registered.end);
    }
    const ofDashboard = this.#open.get(dashboard.id) ?? new Set();
    this.#open.set(dashboard.id, ofDashboard.add(stream));
    return () => {
      ofDashboard.delete(stream);
      if (ofDashboard.size === 0 && this.#open.get(dashboard.id) === ofDashboard) this.#open.delete(dashboard.id);
      records.leave(session, stream.kind);
      registered.release();
    };
  }
}

/** Why an upstream did not answer, for whoever asked. */
export function upstreamFailure(error: unknown, { name, upstream }: UpstreamDashboard): PortalError {
  const why =
    error instanceof AddressRefused
      ? 'it is at an address of this machine or its links, which --dashboard-networks does not allow'
      : describeConnectionError(error, new URL(upstream)).replace(
          'the authority in the kubeconfig',
          'an authority that this system knows',
        );
  return new PortalError('unavailable', `${name} cannot be reached: ${why}.`, { cause: error });
}
