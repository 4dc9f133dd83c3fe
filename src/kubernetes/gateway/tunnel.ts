import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Timer } from '../../core/clock.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { Stream, StreamKind } from '../../sessions/stream.ts';
import type { Connection } from '../clusters/cluster.ts';
import { needsCreateReview, reviewCreate } from './access-review.ts';
import { admit, streamKindOf } from './admission.ts';
import type { Admission, GatewayContext } from './admission.ts';
import { answerRaw, answerRefusalRaw, headOf } from './answer.ts';
import { endExec, followExec } from './exec-process.ts';
import type { ExecProcess } from './exec-process.ts';
import { closeAfterFarewell, endShell, sayFarewell } from './farewell.ts';
import type { ExchangeSubject } from './http-exchange.ts';
import { endedRefusal, refusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { upstreamHeaders } from './request-headers.ts';
import { resetSocket } from './reset-socket.ts';
import { SECURITY_HEADERS, clientHeaders } from './response-headers.ts';
import { warnOnStream } from './stream-warning.ts';
import { tunnelProtocol } from './tunnel-protocol.ts';
import type { TunnelProtocol, UpgradeType } from './tunnel-protocol.ts';
import { isValidSwitch, switchHeaders } from './upgrade-handshake.ts';
import { readShortBody } from './short-body.ts';
import { COMMAND_LOST, CREDENTIAL_REFUSED, upstreamRefusal } from './upstream-failure.ts';

/** A request for a tunnel has no body. */
const BODY_HEADERS = new Set(['content-length', 'content-type', 'content-encoding']);

/** The client's end of a tunnel, as node:http hands it over. */
export interface TunnelClient {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent behind its request already. */
  readonly head: Buffer;
  /** Whether what is sent is activity: not of a page, which tells of what a person does by itself. */
  readonly inputCounts: boolean;
}

/** An exec, attach or port-forward (or whatever else is upgraded): bytes both ways, until the session ends. */
export class Tunnel implements Stream {
  readonly kind: StreamKind;
  readonly #context: GatewayContext;
  readonly #subject: ExchangeSubject;
  readonly #client: TunnelClient;
  readonly #upgrade: UpgradeType;
  #admission: Admission | null = null;
  #asking: ClientRequest | null = null;
  #upstream: Duplex | null = null;
  #protocol: TunnelProtocol | null = null;
  #warnings: Timer | null = null;
  #askedAt = 0;
  #process: ExecProcess | null = null;
  #done = false;

  constructor(context: GatewayContext, subject: ExchangeSubject, client: TunnelClient, upgrade: UpgradeType) {
    this.kind = streamKindOf(subject.request, true);
    this.#context = context;
    this.#subject = subject;
    this.#client = client;
    this.#upgrade = upgrade;
  }

  /** Registers, then connects, then looks again whether the session lives. */
  start(): void {
    const { rawHeaders } = this.#client.incoming;
    this.#admission = admit(this.#context, this.#subject.session, this, { request: this.#subject.request, rawHeaders });
    this.#client.socket.once('close', () => {
      this.#close();
    });
    this.#open().catch((error: unknown) => this.#fail(error, null));
  }

  async #open(): Promise<void> {
    const { cluster, request } = this.#subject;
    const connection = await cluster.connect();
    try {
      const refused = needsCreateReview(request) ? await reviewCreate(connection, this.#subject) : null;
      if (this.#done || this.#isOver()) return;
      if (refused === null) this.#ask(connection);
      else this.#refuse(refused);
    } catch (error) {
      this.#fail(error, connection);
    }
  }

  #ask(connection: Connection): void {
    const { request } = this.#subject;
    const { incoming } = this.#client;
    const headers = upstreamHeaders(incoming.rawHeaders, this.#subject, {
      authorization: connection.authorization,
      upgrade: this.#upgrade,
      without: BODY_HEADERS,
    });
    const path = connection.basePath + request.path + request.search;
    const asking = connection.startUpgrade(request.method, path, headers);
    this.#asking = asking;
    this.#askedAt = this.#context.ports.clock.now();
    asking.once('upgrade', (answer, upstream, head) => {
      this.#onSwitched(answer, upstream, head);
    });
    asking.once('response', (answer) => {
      this.#onRefused(answer);
    });
    asking.once('error', (error) => {
      this.#fail(error, connection);
    });
    asking.once('timeout', () => {
      asking.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    asking.end();
  }

  #onSwitched(answer: IncomingMessage, upstream: Duplex, head: Buffer): void {
    this.#upstream = upstream;
    upstream.on('error', () => {
      // What follows an error is a close, and that is what ends the tunnel.
    });
    const asked = this.#client.incoming.headers;
    if (this.#done) upstream.destroy();
    else if (!isValidSwitch(this.#upgrade, asked, answer.headers)) {
      this.#refuse(refusal(502, 'The cluster did not agree to the upgrade that was asked for.'));
    } else if (!this.#isOver()) this.#join(answer, upstream, head);
  }

  #join(answer: IncomingMessage, upstream: Duplex, head: Buffer): void {
    const { socket, head: clientHead } = this.#client;
    const { session, request } = this.#subject;
    const chosen =
      answer.headers[this.#upgrade === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version'];
    this.#protocol = tunnelProtocol({
      kind: request.isProxy ? 'request' : this.kind,
      upgrade: this.#upgrade,
      protocol: typeof chosen === 'string' ? chosen : null,
      search: request.search,
      onInput: () => void (this.#client.inputCounts && session.touch()),
      onOutput: () => this.#process?.heard(),
    });
    if (this.kind === 'exec') this.#process = followExec(this.#context, this.#subject, this.#askedAt);
    const headers = [...SECURITY_HEADERS, ...switchHeaders(this.#upgrade, answer.headers)];
    socket.write(`${headOf(101, 'Switching Protocols', headers)}\r\n`);
    if ('setTimeout' in upstream && typeof upstream.setTimeout === 'function') upstream.setTimeout(0);
    if (head.length > 0) this.#passFromServer(head);
    if (clientHead.length > 0) this.#passFromClient(clientHead);
    upstream.on('data', (chunk: Buffer) => {
      this.#passFromServer(chunk);
    });
    socket.on('data', (chunk: Buffer) => {
      this.#passFromClient(chunk);
    });
    upstream.once('end', () => {
      if (this.#tellLost()) return;
      for (const part of this.#protocol?.restFromServer() ?? []) socket.write(part);
      socket.end();
    });
    socket.once('end', () => {
      upstream.end();
    });
    upstream.once('close', () => {
      if (!this.#tellLost()) this.#close();
    });
    this.#warnings = warnOnStream(session, this.#context.ports, socket, this.#protocol.warningLine);
  }

  /** The cluster went away without a word about how a command ended, which kubectl would take for success. */
  #tellLost(): boolean {
    const { socket } = this.#client;
    const farewell =
      this.#done || this.#protocol?.owesOutcome() !== true ? null : this.#protocol.farewell(COMMAND_LOST);
    if (farewell === null) return false;
    this.#leave();
    this.#upstream?.destroy();
    sayFarewell(socket, farewell, socket, this.#context.ports.clock);
    return true;
  }

  #passFromServer(chunk: Buffer): void {
    const { socket } = this.#client;
    const upstream = this.#upstream;
    if (this.#done || upstream === null || this.#isOver()) return;
    let keepsUp = true;
    for (const part of this.#protocol?.passFromServer(chunk) ?? []) keepsUp = socket.write(part);
    if (keepsUp) return;
    upstream.pause();
    socket.once('drain', () => {
      upstream.resume();
    });
  }

  #passFromClient(chunk: Buffer): void {
    const { socket } = this.#client;
    const upstream = this.#upstream;
    if (this.#done || upstream === null || this.#isOver()) return;
    this.#protocol?.followFromClient(chunk);
    if (upstream.write(chunk)) return;
    socket.pause();
    upstream.once('drain', () => {
      socket.resume();
    });
  }

  /** The cluster said no: the client gets to see its Status, which kubectl prints or falls back to SPDY upon. */
  #onRefused(answer: IncomingMessage): void {
    readShortBody(answer, (body) => {
      if (this.#done || this.#isOver()) return;
      const status = answer.statusCode ?? 502;
      if (status === 401 && !this.#subject.request.isProxy) {
        this.#subject.cluster.forgetCredential();
        this.#refuse(CREDENTIAL_REFUSED);
      } else if (status < 200 || body === null) {
        this.#refuse(refusal(502, 'The cluster did not agree to the upgrade that was asked for.'));
      } else if (status >= 300 && status < 400) {
        this.#refuse(refusal(502, 'The cluster answered with a redirect, which Curfew does not follow.'));
      } else {
        this.#leave();
        const { 'content-length': _length, 'transfer-encoding': _coding, ...rest } = answer.headers;
        const headers = [...clientHeaders(rest, null), 'Content-Length', String(body.length)];
        answerRaw(this.#client.socket, status, headers, body);
      }
    });
  }

  cut(end: SessionEnd): void {
    if (this.#done) return;
    this.#done = true;
    this.#warnings?.dispose();
    this.#endUpstream();
    this.#sayWhy(end);
    this.#admission?.leaveCut(end);
    if (this.kind === 'exec' && this.#protocol !== null) endExec(this.#context, this.#subject, this.#process, end);
  }

  /** Nothing is read from it any more. What it runs is asked to end, where that is possible. */
  #endUpstream(): void {
    const upstream = this.#upstream;
    // Behind bytes of the user that still wait it cannot go: those must not arrive any more.
    const keepsUp = upstream !== null && upstream.writableLength === 0;
    const shellEnd = keepsUp ? (this.#protocol?.shellEnd() ?? null) : null;
    if (upstream === null || shellEnd === null) {
      this.#asking?.destroy();
      upstream?.destroy();
    } else endShell(upstream, shellEnd, this.#context.ports.clock);
  }

  #sayWhy(end: SessionEnd): void {
    const { socket } = this.#client;
    if (socket.destroyed) return;
    const { clock } = this.#context.ports;
    const why = endedRefusal(end, this.#subject.remedy);
    if (this.#protocol === null) {
      answerRefusalRaw(socket, why);
      closeAfterFarewell(socket, clock);
      return;
    }
    // What still waits for a slow client is output, and none may follow the deadline, unless silence would mislead.
    const tooSlow = socket.writableLength > 0 && !this.#protocol.silenceMeansSuccess;
    const farewell = tooSlow ? null : this.#protocol.farewell(why);
    if (farewell === null) resetSocket(socket);
    else sayFarewell(socket, farewell, socket, clock);
  }

  /** Asks the session itself, since its timer may be late. */
  #isOver(): boolean {
    const end = this.#subject.session.end();
    if (end === null) return false;
    this.cut(end);
    return true;
  }

  #refuse(refused: Refusal): void {
    this.#leave();
    this.#asking?.destroy();
    this.#upstream?.destroy();
    answerRefusalRaw(this.#client.socket, refused);
  }

  #fail(error: unknown, connection: Connection | null): void {
    if (this.#done) return;
    const cluster = this.#subject.session.clusterId;
    this.#context.ports.log.warn({ err: error, cluster }, 'opening a tunnel to a cluster failed');
    this.#refuse(upstreamRefusal(error, connection, this.#subject.remedy));
  }

  /** One side is gone; so goes the other. */
  #close(): void {
    if (this.#done) return;
    this.#asking?.destroy();
    this.#upstream?.destroy();
    this.#leave();
    this.#client.socket.destroy();
  }

  #leave(): void {
    this.#done = true;
    this.#warnings?.dispose();
    this.#process?.stop();
    this.#admission?.leave();
  }
}
