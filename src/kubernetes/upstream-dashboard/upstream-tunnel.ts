import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeEnd } from '../../core/explain.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { SessionEnd } from '../../core/session.ts';
import { endedError } from '../../sessions/refusals.ts';
import { headOf } from '../gateway/answer.ts';
import { closeAfterFarewell, sayFarewell } from '../gateway/farewell.ts';
import { resetSocket } from '../gateway/reset-socket.ts';
import { isValidSwitch, switchHeaders } from '../gateway/upgrade-handshake.ts';
import { followWebSocket, policyCloseFrame } from '../gateway/websocket-frames.ts';
import { passWholeFrames } from '../gateway/whole-frames.ts';
import { requestHeaders } from './headers.ts';
import { upstreamFailure } from './upstream-subject.ts';
import type { UpstreamProxyPorts, UpstreamStream, UpstreamSubject } from './upstream-subject.ts';

const ASKS_FOR_WEBSOCKET = ['connection', 'Upgrade', 'upgrade', 'websocket'];

/** A websocket to an upstream: frames both ways, until the session ends. */
export class UpstreamTunnel implements UpstreamStream {
  readonly kind = 'dashboard';
  readonly #ports: UpstreamProxyPorts;
  readonly #subject: UpstreamSubject;
  readonly #incoming: IncomingMessage;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #frames = passWholeFrames(followWebSocket());
  #asking: ClientRequest | null = null;
  #upstream: Duplex | null = null;
  #done = false;

  constructor(
    ports: UpstreamProxyPorts,
    subject: UpstreamSubject,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ) {
    this.#ports = ports;
    this.#subject = subject;
    this.#incoming = incoming;
    this.#socket = socket;
    this.#head = head;
  }

  start(): void {
    const { dashboard, origins, session, authorization } = this.#subject;
    this.#socket.once('close', () => this.drop());
    try {
      const headers = requestHeaders(this.#incoming.rawHeaders, origins, { user: session.user, authorization });
      const path = this.#incoming.url ?? '/';
      const asking = this.#ports.connections.startUpgrade(dashboard.upstream, path, [
        ...headers,
        ...ASKS_FOR_WEBSOCKET,
      ]);
      this.#asking = asking;
      asking.once('upgrade', (answer, upstream, head) => this.#onSwitched(answer, upstream, head));
      asking.once('response', (answer) => {
        answer.resume();
        this.#refuse(new PortalError('unavailable', `${dashboard.name} refused the websocket (${answer.statusCode}).`));
      });
      asking.once('error', (error) => this.#fail(error));
      asking.once('timeout', () => asking.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      asking.end();
    } catch (error) {
      this.#fail(error);
    }
  }

  cut(end: SessionEnd): void {
    if (this.#done) return;
    const wasOpen = this.#upstream !== null;
    const socket = this.#socket;
    this.#leave();
    if (socket.destroyed) return;
    if (!wasOpen) {
      this.#subject.refuse(endedError(this.#subject.session.kind, end));
      closeAfterFarewell(socket, this.#ports.clock);
    } else if (socket.writableLength > 0 || !this.#frames.atBoundary()) resetSocket(socket);
    else sayFarewell(socket, policyCloseFrame(describeEnd('kubernetes', end)), socket, this.#ports.clock);
  }

  drop(): void {
    if (this.#done) return;
    this.#leave();
    this.#socket.destroy();
  }

  #onSwitched(answer: IncomingMessage, upstream: Duplex, head: Buffer): void {
    upstream.on('error', () => {
      // What follows an error is a close, and that is what ends the tunnel.
    });
    if (this.#done) return void upstream.destroy();
    if (!isValidSwitch('websocket', this.#incoming.headers, answer.headers)) {
      upstream.destroy();
      const { name } = this.#subject.dashboard;
      return this.#refuse(new PortalError('unavailable', `${name} did not agree to the websocket that was asked for.`));
    }
    if (this.#isOver()) return void upstream.destroy();
    const socket = this.#socket;
    this.#upstream = upstream;
    socket.write(`${headOf(101, 'Switching Protocols', switchHeaders('websocket', answer.headers))}\r\n`);
    if ('setTimeout' in upstream && typeof upstream.setTimeout === 'function') upstream.setTimeout(0);
    if (head.length > 0) this.#passDown(upstream, head);
    if (this.#head.length > 0) this.#passUp(upstream, this.#head);
    upstream.on('data', (chunk: Buffer) => this.#passDown(upstream, chunk));
    socket.on('data', (chunk: Buffer) => this.#passUp(upstream, chunk));
    upstream.once('end', () => {
      for (const part of this.#frames.rest()) socket.write(part);
      socket.end();
    });
    socket.once('end', () => upstream.end());
    upstream.once('close', () => this.drop());
  }

  #passDown(upstream: Duplex, chunk: Buffer): void {
    if (this.#done || this.#isOver()) return;
    let keepsUp = true;
    for (const part of this.#frames.pass(chunk)) keepsUp = this.#socket.write(part);
    if (keepsUp) return;
    upstream.pause();
    this.#socket.once('drain', () => upstream.resume());
  }

  #passUp(upstream: Duplex, chunk: Buffer): void {
    if (this.#done || this.#isOver() || upstream.write(chunk)) return;
    this.#socket.pause();
    upstream.once('drain', () => this.#socket.resume());
  }

  /** Asks the session itself, since its timer may be late. */
  #isOver(): boolean {
    const end = this.#subject.session.end();
    if (end === null) return false;
    this.cut(end);
    return true;
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    const { dashboard } = this.#subject;
    this.#ports.log.warn(
      { err: error, dashboard: dashboard.hostname },
      'a websocket to a dashboard could not be opened',
    );
    this.#refuse(upstreamFailure(error, this.#subject));
  }

  #refuse(error: PortalError): void {
    if (this.#done) return;
    this.#leave();
    this.#subject.refuse(error);
  }

  #leave(): void {
    this.#done = true;
    this.#asking?.destroy();
    this.#upstream?.destroy();
  }
}
