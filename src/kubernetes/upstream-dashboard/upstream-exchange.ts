import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { endedError } from '../../sessions/refusals.ts';
import type { SessionEnd } from '../../core/session.ts';
import { closeAfterFarewell } from '../gateway/farewell.ts';
import { resetSocket } from '../gateway/reset-socket.ts';
import { answerHeaders, requestHeaders } from './headers.ts';
import { upstreamFailure } from './upstream-subject.ts';
import type { UpstreamProxyPorts, UpstreamStream, UpstreamSubject } from './upstream-subject.ts';

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

const CUT = new Error('The session ended.');
/** Timers of browsers go no further. */
const LONGEST_REFRESH_MS = 24 * 60 * 60_000;

/** One request to an upstream and its answer, streamed both ways; it ends when its session does. */
export class UpstreamExchange implements UpstreamStream, Dispatcher.DispatchHandler {
  readonly kind = 'request';
  readonly #ports: UpstreamProxyPorts;
  readonly #subject: UpstreamSubject;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | null = null;
  #done = false;

  constructor(
    ports: UpstreamProxyPorts,
    subject: UpstreamSubject,
    incoming: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#ports = ports;
    this.#subject = subject;
    this.#incoming = incoming;
    this.#response = response;
  }

  start(): void {
    const { dashboard, origins, session } = this.#subject;
    const { rawHeaders, method = 'GET', url = '/', headers } = this.#incoming;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    // Through an iterator that leaves the request alone: undici would destroy it, and the client's connection with it.
    const body = hasBody
      ? Readable.from(this.#incoming.iterator({ destroyOnReturn: false }), { objectMode: false })
      : null;
    const sent = requestHeaders(rawHeaders, origins, {
      user: session.user,
      authorization: this.#subject.authorization,
    });
    try {
      this.#ports.connections.dispatcher.dispatch(
        { origin: dashboard.upstream, method, path: url, headers: sent, body },
        this,
      );
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#done) controller.abort(CUT);
    else this.#isOver();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.#done || this.#isOver()) return;
    this.#response.writeHead(status, answerHeaders(headers, this.#subject.origins, this.#leaving(headers)));
    this.#response.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done || this.#isOver()) return;
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#done || this.#isOver()) return;
    this.#done = true;
    this.#response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
  }

  cut(end: SessionEnd): void {
    const { socket } = this.#response;
    // All of it is there, and a slow reader has not taken it.
    const isLeaving = this.#response.writableEnded && !this.#response.writableFinished;
    if (isLeaving && socket !== null) resetSocket(socket);
    if (this.#done) return;
    this.#done = true;
    this.#controller?.abort(CUT);
    if (socket === null) this.#response.destroy();
    else if (this.#response.headersSent) resetSocket(socket);
    else {
      this.#subject.refuse(endedError(this.#subject.session.kind, end));
      closeAfterFarewell(socket, this.#ports.clock);
    }
  }

  /** Whoever asked is gone, or has all of it. */
  clientGone(): void {
    this.#done = true;
    this.#controller?.abort(CUT);
  }

  drop(): void {
    this.clientGone();
    this.#response.destroy();
  }

  /** Asks the session itself, since its timer may be late. */
  #isOver(): boolean {
    const end = this.#subject.session.end();
    if (end === null) return false;
    this.cut(end);
    return true;
  }

  /** When a page is to look whether the session has ended: it must not stay on the screen (ADR 0027). */
  #leaving(headers: ResponseHeaders): { inMs: number; path: string } | null {
    const isPage = String(headers['content-type'] ?? '').startsWith('text/html');
    if (!isPage || this.#incoming.headers['sec-fetch-dest'] !== 'document') return null;
    const inMs = this.#subject.session.deadline().at - this.#ports.clock.now();
    return { inMs: Math.min(inMs, LONGEST_REFRESH_MS), path: this.#incoming.url ?? '/' };
  }

  #fail(error: Error): void {
    if (this.#done) return;
    this.#done = true;
    const { dashboard, refuse } = this.#subject;
    this.#ports.log.warn({ err: error, dashboard: dashboard.hostname }, 'a request to a dashboard failed');
    if (this.#response.headersSent) this.#response.destroy();
    else refuse(upstreamFailure(error, this.#subject));
  }
}
