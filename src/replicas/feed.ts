import type { Clock, Timer } from '../core/clock.ts';

/** A connection to the database that hears what others write. */
export interface FeedConnection {
  /** Asks the database something small. What was written before has been heard once this resolves. */
  ask(): Promise<void>;
  /** Tells all others, and itself. */
  tell(payload: string): Promise<void>;
  close(): void;
}

export interface FeedPorts {
  readonly clock: Clock;
  /** Connects and listens. @param closed to be called when the connection is gone */
  connect(hear: (payload: string) => void, closed: (error: unknown) => void): Promise<FeedConnection>;
  hear(payload: string): void;
  /** Reads anew all that may have been missed, over other connections. @throws when the database does not answer */
  reread(): Promise<void>;
  /**
   * The database could not be asked for so long that nobody knows whether the sessions here still live; said again after
   * as long once more.
   */
  stale(): void;
  /** To be said in the log, once for each change. */
  changed(isCurrent: boolean, why: unknown): void;
}

export interface FeedTimes {
  /** How long this process may go without hearing anything before its streams are cut. */
  readonly boundMs: number;
}

const ASK_EVERY_MS = 1000;
const PATIENCE_MS = 2000;
/** To connect takes several answers, and so may reading anew: a slow network must not keep a replica without its feed. */
export const CONNECT_PATIENCE_MS = 5000;
const RETRY_MS = 500;
const TOO_LATE = 'the database did not answer in time';

/**
 * The feed of what other replicas write. It is complete: after each connection everything that may have been missed is
 * read again. It is current only while the database answers every second; when it is not, nobody relies on it.
 */
export class Feed {
  readonly #ports: FeedPorts;
  readonly #boundMs: number;
  #connection: FeedConnection | null = null;
  #isCurrent = false;
  #isStopped = false;
  #isRetrying = false;
  #timer: Timer | null = null;
  #staleTimer: Timer | null = null;
  /** Counts connections, so that what an old one still says is not taken for the new one's. */
  #attempt = 0;

  constructor(ports: FeedPorts, times: FeedTimes) {
    this.#ports = ports;
    this.#boundMs = times.boundMs;
  }

  isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Connects for the first time. @throws when the database does not answer: nothing may start without it */
  async start(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#askLater();
  }

  /**
   * Acts upon what was heard. Where that fails or takes too long, everything is to be read again: also what is being
   * read in this moment, as after a connection, for that may be older.
   */
  act(work: () => Promise<void>): void {
    this.actInTurn((began) => {
      began();
      return work();
    });
  }

  /** The same for work that may have to wait for its turn, which is no silence of the database: it says when it began. */
  actInTurn(work: (began: () => void) => Promise<void>): void {
    const attempt = this.#attempt;
    const failed = (error: unknown): void => {
      if (attempt === this.#attempt) this.#lose(error);
    };
    let patience: Timer | null = null;
    const began = (): void => {
      patience = this.#after(PATIENCE_MS, () => failed(new Error(TOO_LATE)));
    };
    work(began)
      .catch(failed)
      .finally(() => patience?.dispose());
  }

  /** Tells the others something that they need not know: where that fails, it is lost. */
  tell(payload: string): void {
    this.#connection?.tell(payload).catch(ignore);
  }

  stop(): void {
    this.#isStopped = true;
    this.#attempt++;
    this.#isCurrent = false;
    this.#timer?.dispose();
    this.#staleTimer?.dispose();
    this.#connection?.close();
    this.#connection = null;
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const lost = (error: unknown): void => {
      if (attempt === this.#attempt) this.#lose(error);
    };
    const connecting = this.#ports.connect((payload) => this.#ports.hear(payload), lost);
    const close = (): void => void connecting.then((late) => late.close(), ignore);
    const connection = await this.#inTime(CONNECT_PATIENCE_MS, connecting, close);
    if (this.#isStopped || attempt !== this.#attempt) return connection.close();
    this.#connection = connection;
    const askedAt = this.#ports.clock.now();
    await this.#ports.reread();
    if (attempt !== this.#attempt) throw new Error('the connection was lost again');
    this.#heard(askedAt);
    this.#isCurrent = true;
    this.#ports.changed(true, null);
  }

  /** What is known here is as new as `at`. */
  #heard(at: number): void {
    this.#staleTimer?.dispose();
    const staleAt = at + this.#boundMs;
    this.#staleTimer = this.#ports.clock.setTimer(staleAt, () => {
      this.#ports.stale();
      // Requests may find the database now and then, and open streams: those go on for no longer either.
      this.#heard(Math.max(staleAt, this.#ports.clock.now()));
    });
  }

  #askLater(): void {
    this.#later(ASK_EVERY_MS, async () => {
      const connection = this.#connection;
      if (connection === null) return;
      const attempt = this.#attempt;
      const askedAt = this.#ports.clock.now();
      try {
        await this.#inTime(PATIENCE_MS, connection.ask(), ignore);
      } catch (error) {
        if (attempt === this.#attempt) this.#lose(error);
        return;
      }
      if (attempt !== this.#attempt || this.#isStopped) return;
      this.#heard(askedAt);
      this.#askLater();
    });
  }

  #lose(error: unknown): void {
    this.#attempt++;
    this.#connection?.close();
    this.#connection = null;
    if (this.#isStopped) return;
    if (this.#isCurrent) this.#ports.changed(false, error);
    this.#isCurrent = false;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isRetrying) return;
    this.#later(RETRY_MS, async () => {
      this.#isRetrying = true;
      await this.#retry();
      this.#isRetrying = false;
      // What was connected may be lost again already.
      if (this.#connection === null) this.#retryLater();
      else this.#askLater();
    });
  }

  async #retry(): Promise<void> {
    try {
      await this.#connect();
    } catch {
      // It was said when it was lost. Without a feed the rows can perhaps be read all the same.
      this.#attempt++;
      this.#connection?.close();
      this.#connection = null;
      await this.#rereadWithoutFeed();
    }
  }

  async #rereadWithoutFeed(): Promise<void> {
    const askedAt = this.#ports.clock.now();
    try {
      await this.#inTime(CONNECT_PATIENCE_MS, this.#ports.reread(), ignore);
      if (!this.#isStopped) this.#heard(askedAt);
    } catch {
      // Streams are cut when this goes on for longer than the bound.
    }
  }

  #later(ms: number, work: () => Promise<void>): void {
    this.#timer?.dispose();
    if (this.#isStopped) return;
    this.#timer = this.#after(ms, () => void work());
  }

  #after(ms: number, act: () => void): Timer {
    return this.#ports.clock.setTimer(this.#ports.clock.now() + ms, act);
  }

  /** @throws when it takes longer than a database may */
  #inTime<Result>(patienceMs: number, promise: Promise<Result>, late: () => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = this.#after(patienceMs, () => {
        late();
        reject(new Error(TOO_LATE));
      });
      promise.then(resolve, reject).finally(() => timer.dispose());
    });
  }
}

function ignore(): void {
  // Whoever waited has given up, or need not know.
}
