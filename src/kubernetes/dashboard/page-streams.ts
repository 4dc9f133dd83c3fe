import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.ts';
import { describeEnd } from '../../core/explain.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { SessionHandle, Stream } from '../../sessions/stream.ts';
import { DASHBOARD_CLOSE, dashboardClientMessageSchema } from '../../wire/dashboard.ts';
import type { DashboardServerMessage } from '../../wire/dashboard.ts';
import { endView } from '../../wire/session.ts';
import { parseApiRequest } from '../gateway/api-request.ts';
import { splitTarget } from '../gateway/request-target.ts';
import type { PageConnection, PageListener } from '../shell/page-connection.ts';
import { serveRelay } from '../shell/relay.ts';
import type { RelayTarget } from '../shell/relay.ts';
import { deadlineMessage } from '../shell/terminal-messages.ts';
import { readFailure } from './failure.ts';

export interface PageStreamsPorts {
  readonly clock: Clock;
  readonly gateway: { forSession(session: SessionHandle, fromPage: boolean): RelayTarget };
  warningMinutes(): number;
}

/** Watches come as tables with the API's own columns; what they are of is asked for by itself. */
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const DEADLINE_LOOK_MS = 2000;
/** So that a page notices that its connection carries nothing any more. */
const TELL_EVERY_MS = 20_000;
/** As a service that restarts says it (RFC 6455 and its registry): come again. */
const RESTARTING = 1012;

/**
 * All watches and followed logs of one page, over its websocket. Each is an HTTP request to the gateway through a relay
 * in memory, as a shell's would be: the gateway checks, counts and cuts them, and no person did them.
 */
export class PageStreams implements Stream, PageListener {
  readonly kind = 'dashboard';
  readonly #session: SessionHandle;
  readonly #ports: PageStreamsPorts;
  readonly #relay: ReturnType<typeof serveRelay>;
  readonly #requests = new Map<number, ClientRequest>();
  readonly #paused = new Set<IncomingMessage>();
  readonly #ended: () => void;
  #page: PageConnection | null = null;
  #release: (() => void) | null = null;
  #look: Timer | null = null;
  #toldDeadline = '';
  #toldAt = 0;

  /** @param ended told once, when the page is gone or the session is over */
  constructor(session: SessionHandle, ports: PageStreamsPorts, ended: () => void) {
    this.#session = session;
    this.#ports = ports;
    this.#ended = ended;
    this.#relay = serveRelay(() => ports.gateway.forSession(session, true));
  }

  /** Registers with the session first: one that is over tells the page so. */
  start(page: PageConnection): void {
    this.#page = page;
    const admission = this.#session.openStream(this);
    if (!admission.open) return this.cut(admission.end);
    this.#release = admission.release;
    this.#watchDeadline();
  }

  frame(data: Buffer, isBinary: boolean): void {
    if (this.#isOver()) return;
    const message = isBinary ? undefined : dashboardClientMessageSchema.safeParse(parseJson(data)).data;
    if (message === undefined || (message.type === 'open' && this.#requests.has(message.id))) {
      this.#page?.leave(DASHBOARD_CLOSE.invalid, 'not understood');
      return this.gone();
    }
    switch (message.type) {
      case 'open':
        this.#open(message.id, message.path);
        break;
      case 'close':
        this.#close(message.id);
        break;
      case 'activity':
        this.#session.touch();
    }
    // Each stream that it asks for says something: a page that reads nothing is not asked for more.
    if (this.#page?.isBehind() === true) this.#page.pauseInput();
  }

  caughtUp(): void {
    this.#page?.resumeInput();
    for (const answer of this.#paused) answer.resume();
    this.#paused.clear();
  }

  gone(): void {
    if (this.#page === null) return;
    this.#page = null;
    this.#relay.cut();
    this.#look?.dispose();
    this.#release?.();
    this.#ended();
  }

  cut(end: SessionEnd): void {
    const page = this.#page;
    this.gone();
    // Where only this server goes, the session lives on, and the page comes back.
    if (end.reason === 'shutdown') page?.leave(RESTARTING, 'shutdown');
    else page?.cut({ type: 'ended', ...endView(end, describeEnd('kubernetes', end)) }, DASHBOARD_CLOSE.ended);
  }

  /** Asked of the session itself, since its timer may be late. */
  #isOver(): boolean {
    const end = this.#session.end();
    if (end !== null) this.cut(end);
    return this.#page === null;
  }

  #open(id: number, path: string): void {
    if (!isStream(path)) return this.#tellOver(id, { status: 400, message: NO_STREAM, retryAfterMs: null });
    const asking = request({
      path,
      headers: { accept: path.includes('/log?') ? '*/*' : TABLE, 'curfew-activity': 'none' },
      createConnection: () => {
        const [ours, theirs] = connectedPair();
        this.#relay.accept(theirs);
        return ours;
      },
    });
    this.#requests.set(id, asking);
    asking.once('response', (answer) => {
      this.#read(id, answer).catch(() => this.#tellOver(id, BROKEN));
    });
    asking.once('error', () => this.#tellOver(id, BROKEN));
    asking.end();
  }

  async #read(id: number, answer: IncomingMessage): Promise<void> {
    answer.on('error', () => this.#tellOver(id, BROKEN));
    if (answer.statusCode !== 200) return this.#tellOver(id, await readFailure(answer));
    this.#send({ type: 'opened', id });
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      if (this.#isOver() || !this.#requests.has(id)) return;
      this.#send({ type: 'data', id, text });
      if (this.#page?.isBehind() !== true) return;
      answer.pause();
      this.#paused.add(answer);
    });
    answer.once('end', () => this.#tellOver(id, { status: 200, message: '', retryAfterMs: null }));
  }

  #close(id: number): void {
    const asking = this.#requests.get(id);
    this.#requests.delete(id);
    asking?.destroy();
  }

  #tellOver(id: number, over: Pick<Over, 'status' | 'message' | 'retryAfterMs'>): void {
    const wasOpen = this.#requests.delete(id);
    if (wasOpen || over.status === 400) this.#send({ type: 'over', id, ...over });
  }

  #send(message: DashboardServerMessage): void {
    this.#page?.send(message);
  }

  #watchDeadline(): void {
    if (this.#isOver()) return;
    const { clock, warningMinutes } = this.#ports;
    const message = deadlineMessage(this.#session, clock.now(), warningMinutes());
    const told = JSON.stringify({ ...message, now: null });
    if (told !== this.#toldDeadline || clock.now() >= this.#toldAt + TELL_EVERY_MS) {
      this.#send(message);
      this.#toldAt = clock.now();
    }
    this.#toldDeadline = told;
    this.#look = clock.setTimer(clock.now() + DEADLINE_LOOK_MS, () => this.#watchDeadline());
  }
}

/** Two ends of a connection in memory. Node's own do not tell each other that they were destroyed. */
function connectedPair(): [Duplex, Duplex] {
  const [ours, theirs] = duplexPair();
  ours.once('close', () => theirs.destroy());
  // What was sent whole may still be waiting to be read.
  theirs.once('close', () => theirs.writableFinished || ours.destroy());
  return [ours, theirs];
}

type Over = Extract<DashboardServerMessage, { type: 'over' }>;

const NO_STREAM = 'Only watches and logs that are followed go over this connection.';
const BROKEN = { status: 502, message: 'The connection to the cluster broke off.', retryAfterMs: null };

/** A page's cookie never counts where a pod, service or node would answer (security, Other people's pages). */
function isStream(path: string): boolean {
  try {
    const { isWatch, isLogFollow, isProxy } = parseApiRequest('GET', splitTarget(path));
    return (isWatch || isLogFollow) && !isProxy;
  } catch (error) {
    if (error instanceof PortalError) return false;
    throw error;
  }
}

/** @returns undefined, which no schema accepts, for what is not JSON */
function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
