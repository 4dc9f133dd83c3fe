import { DASHBOARD_CLOSE, dashboardServerMessageSchema } from '../../wire/dashboard.ts';
import type { DashboardClientMessage, DashboardServerMessage } from '../../wire/dashboard.ts';

const RETRY_MS = [200, 500, 1000, 2000, 5000];
/** The server says something every 20 seconds. */
const SILENT_MS = 60_000;
const FINAL = new Map<number, string>([
  [DASHBOARD_CLOSE.tooMany, 'Too many pages show this cluster in your session already. Close some of them.'],
  [DASHBOARD_CLOSE.invalid, 'The portal did not understand this page. Load it again.'],
]);

export type StreamOver = Pick<Extract<DashboardServerMessage, { type: 'over' }>, 'status' | 'message' | 'retryAfterMs'>;

/** A watch or a followed log, as whoever reads it sees it. */
export interface StreamReader {
  /** Where it begins, or goes on after the connection was lost. Asked each time that it is opened. */
  path(): string;
  /** Data begins, anew after each interruption. */
  opened(): void;
  data(text: string): void;
  /** The connection is lost; it is opened again by itself. */
  interrupted(): void;
  /** @returns after how many milliseconds to open it again; null: not again */
  over(over: StreamOver): number | null;
}

interface Options {
  readonly sessionId: string;
  message(message: Extract<DashboardServerMessage, { type: 'deadline' | 'ended' }>): void;
  /** A connection could not be opened: is the session over? Resolves with false where it is. */
  stillThere(): Promise<boolean>;
  /** The server will not have this page. @param sentence why */
  refused(sentence: string): void;
  readonly open?: (url: string) => WebSocket;
}

interface OpenStream {
  readonly reader: StreamReader;
  id: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * All watches and logs of the page over one websocket (browsers allow six connections to a host): opened again where
 * each left off when the connection was lost, or later, where the cluster asks for that.
 */
export class StreamConnection {
  readonly #options: Options;
  readonly #streams = new Set<OpenStream>();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #lastId = 0;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
  }

  connect(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#socket !== null) return;
    const { sessionId, open = (url) => new WebSocket(url) } = this.#options;
    const scheme = globalThis.location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = open(`${scheme}://${globalThis.location.host}/api/dashboards/${sessionId}/streams`);
    this.#socket = socket;
    let wasOpen = false;
    const lose = (code: number): void => {
      clearTimeout(this.#silence);
      if (this.#socket === socket) void this.#closed(wasOpen, code);
    };
    const hearIt = (): void => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => {
        lose(1006);
        socket.close();
      }, SILENT_MS);
    };
    socket.addEventListener('open', () => {
      wasOpen = true;
      hearIt();
      for (const stream of this.#streams) this.#open(stream);
    });
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#failures = 0;
      hearIt();
      this.#receive(data);
    });
    socket.addEventListener('close', ({ code }) => lose(code));
  }

  /** @returns ends the stream */
  add(reader: StreamReader): () => void {
    const stream: OpenStream = { reader, id: 0, timer: undefined };
    this.#streams.add(stream);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#open(stream);
    return () => {
      clearTimeout(stream.timer);
      if (this.#streams.delete(stream)) this.#send({ type: 'close', id: stream.id });
    };
  }

  /** A person did something here that asks the cluster nothing. */
  tellActivity(): void {
    this.#send({ type: 'activity' });
  }

  /** Tries again at once if it is waiting to: the network is back, or the page is visible again. */
  retryNow = (): void => this.connect();

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    for (const { timer } of this.#streams) clearTimeout(timer);
    this.#streams.clear();
    this.#socket?.close();
    this.#socket = null;
  }

  #open(stream: OpenStream): void {
    clearTimeout(stream.timer);
    stream.id = ++this.#lastId;
    this.#send({ type: 'open', id: stream.id, path: stream.reader.path() });
  }

  #send(message: DashboardClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    const { data: message } = dashboardServerMessageSchema.safeParse(JSON.parse(String(data)));
    // A newer server says more than this page knows of.
    if (message === undefined) return;
    if (message.type === 'ended') this.close();
    if (message.type === 'ended' || message.type === 'deadline') return this.#options.message(message);
    // What was on its way when its stream was closed is nobody's.
    const stream = [...this.#streams].find(({ id }) => id === message.id);
    if (stream === undefined) return;
    if (message.type === 'opened') stream.reader.opened();
    else if (message.type === 'data') stream.reader.data(message.text);
    else this.#over(stream, message);
  }

  #over(stream: OpenStream, over: StreamOver): void {
    stream.id = 0;
    const delay = stream.reader.over(over);
    if (delay === null) this.#streams.delete(stream);
    else stream.timer = setTimeout(() => this.#socket?.readyState === WebSocket.OPEN && this.#open(stream), delay);
  }

  async #closed(wasOpen: boolean, code: number): Promise<void> {
    this.#socket = null;
    if (this.#isOver) return;
    for (const { reader, timer } of this.#streams) {
      clearTimeout(timer);
      reader.interrupted();
    }
    const refusal = FINAL.get(code);
    if (refusal !== undefined) {
      this.close();
      return this.#options.refused(refusal);
    }
    // A refused upgrade tells a page nothing.
    const isThere = wasOpen ? code !== DASHBOARD_CLOSE.ended : await this.#options.stillThere().catch(() => true);
    if (!isThere) return this.close();
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#timer = setTimeout(() => this.connect(), delay);
  }
}
