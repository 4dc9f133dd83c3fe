import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ClusterIdentity } from '../../core/access.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { SessionHandle, Stream, StreamKind } from '../../sessions/stream.ts';
import type { Cluster, Connection } from '../clusters/cluster.ts';
import { connectionFailure } from '../clusters/plain-words.ts';
import { admit, isBackground, streamKindOf } from './admission.ts';
import type { Admission, GatewayContext } from './admission.ts';
import { answerRefusal } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { closeAfterFarewell, sayFarewell } from './farewell.ts';
import { rewriteLocation } from './redirect.ts';
import { describeEndAndRemedy, endedRefusal, refusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Remedy } from './remedy.ts';
import { upstreamHeaders } from './request-headers.ts';
import { resetSocket } from './reset-socket.ts';
import { clientHeaders } from './response-headers.ts';
import { upstreamBody } from './upstream-body.ts';
import type { InspectedBody } from './upstream-body.ts';
import { CREDENTIAL_REFUSED, upstreamRefusal } from './upstream-failure.ts';
import { followWatch } from './watch-events.ts';
import type { WatchEvents } from './watch-events.ts';

/** What is asked, by whom, and of which cluster. */
export interface ExchangeSubject {
  readonly session: SessionHandle;
  /** Who its user is in the cluster. */
  readonly identity: ClusterIdentity;
  readonly cluster: Pick<Cluster, 'connect' | 'forgetCredential'>;
  readonly request: ApiRequest;
  /** What the client's path has before the API's; empty in a shell. */
  readonly gatewayPath: string;
  readonly remedy: Remedy;
}

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

const CUT = new Error('The session ended.');
const CLIENT_GONE = new Error('The client went away.');
const ANSWERED = new Error('The gateway answered itself.');

/** One request and its answer, streamed both ways; it ends when its session does. */
export class HttpExchange implements Stream, Dispatcher.DispatchHandler {
  readonly kind: StreamKind;
  readonly #context: GatewayContext;
  readonly #subject: ExchangeSubject;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  #admission: Admission | null = null;
  #connection: Connection | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #inspected: InspectedBody | null = null;
  #events: WatchEvents | null = null;
  #tries = 0;
  #retrying = false;
  #done = false;

  constructor(context: GatewayContext, subject: ExchangeSubject, incoming: IncomingMessage, response: ServerResponse) {
    this.kind = streamKindOf(subject.request, false);
    this.#context = context;
    this.#subject = subject;
    this.#incoming = incoming;
    this.#response = response;
  }

  /**
   * Admits the request and sends it on.
   *
   * @param inspect reads the body and looks at it first, where that is needed
   */
  start(inspect: (() => Promise<InspectedBody | Refusal>) | null): void {
    const { rawHeaders } = this.#incoming;
    this.#admission = admit(this.#context, this.#subject.session, this, { request: this.#subject.request, rawHeaders });
    this.#response.once('close', () => {
      if (this.#done) return;
      this.#finish()?.leave();
      this.#controller?.abort(CLIENT_GONE);
    });
    if (inspect === null) this.#connect();
    else this.#inspectAndConnect(inspect).catch((error: unknown) => this.#fail(error));
  }

  async #inspectAndConnect(inspect: () => Promise<InspectedBody | Refusal>): Promise<void> {
    const result = await inspect();
    if (this.#done) return;
    if ('code' in result) {
      this.#refuse(result);
      return;
    }
    this.#inspected = result;
    this.#connect();
  }

  #connect(): void {
    try {
      const connection = this.#subject.cluster.connect();
      if (connection instanceof Promise) {
        connection.then((ready) => this.#send(ready)).catch((error: unknown) => this.#fail(error));
      } else this.#send(connection);
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(connection: Connection): void {
    if (this.#done || this.#isOver()) return;
    this.#connection = connection;
    this.#tries += 1;
    const { request } = this.#subject;
    const { content, without } = upstreamBody(this.#incoming, request, this.#inspected);
    const { authorization, basePath } = connection;
    const dispatcher = this.kind === 'watch' ? connection.watchDispatcher() : connection.dispatcher;
    const headers = upstreamHeaders(
      this.#incoming.rawHeaders,
      this.#subject,
      without === undefined ? { authorization } : { authorization, without },
    );
    if (this.#inspected !== null) headers.push('content-type', this.#inspected.contentType);
    dispatcher.dispatch(
      {
        method: request.method,
        path: basePath + request.path + request.search,
        headers,
        body: content,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#done) controller.abort(CUT);
    else this.#isOver();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.#done || this.#isOver()) return;
    if (status === 401 && !this.#subject.request.isProxy) {
      this.#onCredentialRefused(controller);
      return;
    }
    const out = this.#answerHeaders(status, headers);
    if (out === null) {
      this.#refuse(
        refusal(502, 'The cluster answered with a redirect to somewhere else, which Curfew does not follow.'),
      );
      return;
    }
    const contentType = headers['content-type'];
    if (this.kind === 'watch' && status === 200 && typeof contentType === 'string') {
      this.#events = followWatch(contentType);
    }
    this.#response.writeHead(status, out);
    // Clients of streams wait for the head, and the first event may be a long time in coming.
    if (this.kind !== 'request') this.#response.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done || this.#isOver()) return;
    this.#events?.follow(chunk);
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => {
      controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#done || this.#isOver()) return;
    this.#finish()?.leave();
    this.#response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#done) return;
    const readsOnly = this.#subject.request.method === 'GET' || this.#subject.request.method === 'HEAD';
    // A connection that was kept alive may have been closed by the server in the same instant.
    const stale = !this.#response.headersSent && readsOnly && connectionFailure(error) === 'broken';
    if (this.#tries === 1 && (this.#retrying || stale)) {
      this.#connect();
      return;
    }
    this.#fail(error);
  }

  cut(end: SessionEnd): void {
    if (this.#done) return;
    const admission = this.#finish();
    this.#controller?.abort(CUT);
    this.#sayWhy(end);
    admission?.leaveCut(end);
  }

  /** Asks the session itself, since its timer may be late. */
  #isOver(): boolean {
    const end = this.#subject.session.end();
    if (end === null) return false;
    this.cut(end);
    return true;
  }

  #sayWhy(end: SessionEnd): void {
    const response = this.#response;
    const socket = response.socket;
    if (socket === null) {
      // It waits behind another answer on its connection: what it holds must not leave once that is done.
      response.destroy();
      return;
    }
    if (socket.destroyed) return;
    const { clock } = this.#context.ports;
    const { remedy } = this.#subject;
    if (!response.headersSent) answerRefusal(response, endedRefusal(end, remedy));
    else if (!this.#canSayWhy(socket.writableLength)) {
      resetSocket(socket);
      return;
    } else if (this.#events !== null) response.end(this.#events.errorEvent(endedRefusal(end, remedy)));
    // Not ended: a log that breaks off makes kubectl exit with an error, one that ends does not.
    else {
      sayFarewell(response, `\n${describeEndAndRemedy(end, remedy)}\n`, socket, clock);
      return;
    }
    closeAfterFarewell(socket, clock);
  }

  /** Only to a client that keeps up: what waits for a slow one is output, and none may follow the deadline. */
  #canSayWhy(waitingBytes: number): boolean {
    if (waitingBytes > 0) return false;
    return this.#events === null ? this.kind === 'log' : this.#events.atBoundary();
  }

  #answerHeaders(status: number, headers: ResponseHeaders): string[] | null {
    const { gatewayPath, request } = this.#subject;
    const out = clientHeaders(headers, status < 400 ? this.#takeWarning() : null);
    if (status < 300 || status >= 400 || status === 304) return out;
    const { location } = headers;
    const rewritten =
      typeof location === 'string' && request.isProxy
        ? rewriteLocation(location, gatewayPath, this.#connection?.basePath ?? '')
        : null;
    if (rewritten === null) return null;
    out.push('Location', rewritten);
    return out;
  }

  #takeWarning(): string | null {
    const { rawHeaders, headers } = this.#incoming;
    // What asks for the version shows nobody anything: Google's kubectl does it to choose which kubectl to run.
    if (isBackground(rawHeaders) || !this.#subject.request.path.startsWith('/api')) return null;
    return this.#context.warnings.take(this.#subject.session, headers['user-agent'] ?? '');
  }

  /** Tries once more with a credential that is fetched anew, where nothing but the answer would be lost. */
  #onCredentialRefused(controller: Dispatcher.DispatchController): void {
    this.#subject.cluster.forgetCredential();
    const { method } = this.#subject.request;
    if (this.#tries > 1 || (method !== 'GET' && method !== 'HEAD')) {
      this.#refuse(CREDENTIAL_REFUSED);
      return;
    }
    this.#retrying = true;
    controller.abort(ANSWERED);
  }

  #refuse(refused: Refusal): void {
    this.#finish()?.leave();
    this.#controller?.abort(ANSWERED);
    answerRefusal(this.#response, refused);
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    const { log } = this.#context.ports;
    const clusterId = this.#subject.session.clusterId;
    log.warn({ err: error, cluster: clusterId }, 'a request to a cluster failed');
    const refused = upstreamRefusal(error, this.#connection, this.#subject.remedy);
    if (!this.#response.headersSent) return this.#refuse(refused);
    this.#finish()?.leave();
    if (this.#events?.atBoundary() === true) this.#response.end(this.#events.errorEvent(refused));
    // The client must see that the answer is not whole.
    else this.#response.destroy();
  }

  /** From here on nothing of this exchange passes any more. */
  #finish(): Admission | null {
    this.#done = true;
    return this.#admission;
  }
}
