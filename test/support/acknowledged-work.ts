import { PASSWORD, TestBrowser } from './test-portal.ts';
import type { Answer } from './test-portal.ts';

/** How long a client waits that was told to come back. */
const PAUSE_MS = 50;

export interface Load {
  stop(): Promise<void>;
  /** Resolves when the portal is gone that is worked at. */
  readonly over: Promise<void>;
}

/** People who sign in, sign out and write settings: what was acknowledged to them, and what else they were answered. */
export class AcknowledgedWork {
  readonly #live = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #settings = new Map<string, string>();
  /** Answers of 503. Any other that was not asked for fails the load. */
  readonly refusals: Answer[] = [];
  slowestMs = 0;

  /** How many sign-ins, ends and settings were acknowledged, one after the other. */
  get counts(): readonly number[] {
    return [this.#live.size, this.#ended.size, this.#settings.size];
  }

  /** Works as `ada` at a portal until it is stopped, or until the portal is gone. @param name unique for each load */
  begin(administrator: TestBrowser, name: string, signIns = 2): Load {
    const { url } = administrator;
    const stopped = new AbortController();
    const loop = async (step: (count: number) => Promise<boolean>): Promise<void> => {
      for (let count = 0; !stopped.signal.aborted; count++) {
        try {
          if (!(await step(count))) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        } catch (error) {
          // The connection to somebody who was killed; any other answer than the expected ones is the test's failure.
          if (error instanceof TypeError) return;
          throw error;
        }
      }
    };
    const over = Promise.all([
      ...Array.from({ length: signIns }, (_, offset) => loop((count) => this.#signInAndOut(url, count + offset))),
      loop((count) => this.#set(administrator, `${name}-${count}`, String(count))),
      loop((count) => this.#set(administrator, name, String(count))),
    ]).then(() => undefined);
    const stop = (): Promise<void> => {
      stopped.abort();
      return over;
    };
    return { stop, over };
  }

  /** What was acknowledged and is not there, or is not over, at a portal. */
  async missingAt(administrator: TestBrowser): Promise<string[]> {
    const missing: string[] = [];
    const check = (cookie: string) => new TestBrowser(administrator.url).get('/api/session/check', { cookie });
    for (const cookie of this.#live) {
      const { status } = await check(cookie);
      if (status !== 204) missing.push(`a sign-in: ${status}`);
    }
    for (const cookie of this.#ended) {
      const { status, body } = await check(cookie);
      if (status !== 401 || body.endReason !== 'signed-out') missing.push(`a sign-out: ${status} ${body.endReason}`);
    }
    const stored = await storedSettings(administrator);
    for (const [key, value] of this.#settings) {
      // What was on its way may stand in the place of what was acknowledged before it.
      const isThere = Number(stored.get(key)) >= Number(value);
      if (!isThere) missing.push(`the setting ${key}: ${stored.get(key)}, not ${value}`);
    }
    return missing;
  }

  async #signInAndOut(url: string, count: number): Promise<boolean> {
    const browser = new TestBrowser(url);
    const credentials = { username: 'ada', password: PASSWORD };
    if (!(await this.#isDone(browser, 'POST', '/api/session', credentials))) return false;
    const cookie = browser.cookieHeader;
    this.#live.add(cookie);
    if (count % 2 === 0) return true;
    // From here on it may have ended, and must have once that is acknowledged.
    this.#live.delete(cookie);
    if (!(await this.#isDone(browser, 'DELETE', '/api/session'))) return false;
    this.#ended.add(cookie);
    return true;
  }

  async #set(administrator: TestBrowser, key: string, value: string): Promise<boolean> {
    const done = await this.#isDone(administrator, 'PUT', `/api/system-config/${key}`, { type: 'Flags', value });
    if (done) this.#settings.set(key, value);
    return done;
  }

  async #isDone(browser: TestBrowser, method: string, path: string, body?: unknown): Promise<boolean> {
    const askedAt = performance.now();
    const answer = await browser.send(method, path, body);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - askedAt);
    if (answer.status < 300) return true;
    if (answer.status !== 503) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.refusals.push(answer);
    return false;
  }
}

async function storedSettings(administrator: TestBrowser): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for (let page = 1, total = 1; stored.size < total; page++) {
    const { body } = await administrator.get(`/api/system-config?pageSize=200&page=${page}`);
    const list = body as { items: { key: string; value: string }[]; total: number };
    if (list.items.length === 0) break;
    for (const { key, value } of list.items) stored.set(key, value);
    total = list.total;
  }
  return stored;
}
