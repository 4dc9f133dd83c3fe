import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PortalError } from '../../core/portal-error.ts';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import { endedError } from '../../sessions/refusals.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { UpstreamProxyPorts, UpstreamStream, UpstreamSubject } from './upstream-subject.ts';
import { UpstreamTunnel } from './upstream-tunnel.ts';

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
    if (response.destroyed || incoming.socket.destroyed) return;
    const exchange = new UpstreamExchange(this.#ports, { ...subject, authorization }, incoming, response);
    const leave = this.#admit(subject, exchange);
    onceOver(response, incoming, () => {
      exchange.clientGone();
      leave();
    });
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
    const { records, isRegistered } = this.#ports;
    // It may have been removed while the credential was fetched.
    if (!isRegistered(dashboard.id)) throw new PortalError('not-found', 'There is no such dashboard any more.');
    records.enter(session, stream.kind);
    const registered = session.openStream(stream);
    if (!registered.open) {
      records.leave(session, stream.kind);
      throw endedError(session.kind, registered.end);
    }
    const ofDashboard = this.#open.get(dashboard.id) ?? new Set();
    this.#open.set(dashboard.id, ofDashboard.add(stream));
    let left = false;
    return () => {
      if (left) return;
      left = true;
      ofDashboard.delete(stream);
      if (ofDashboard.size === 0 && this.#open.get(dashboard.id) === ofDashboard) this.#open.delete(dashboard.id);
      records.leave(session, stream.kind);
      registered.release();
    };
  }
}

/** An answer is over, or its connection: one that waits behind another answer there is not told of that. */
function onceOver(response: ServerResponse, { socket }: IncomingMessage, over: () => void): void {
  const once = (): void => {
    response.off('close', once);
    socket.off('close', once);
    over();
  };
  response.on('close', once);
  socket.on('close', once);
}
