import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/load-config.ts';
import type { ConnectionBounds } from '../../src/http/waiting-connections.ts';
import { startPortal } from '../../src/main/portal.ts';
import type { Portal } from '../../src/main/portal.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import type { FakeClock } from '../../src/system/fake-clock.ts';

export const PASSWORD = 'correct horse battery staple';

/** A whole portal on free loopback ports, with a data folder of its own and a clock that the test moves. */
export interface TestPortal {
  readonly portal: Portal;
  readonly url: string;
  readonly clock: FakeClock;
  readonly dataDir: string;
  /** What was logged, as text. */
  logs(): string;
  /** A browser without cookies. */
  browser(): TestBrowser;
  /** A browser in which the administrator `ada` is signed in; the first call creates her. */
  administrator(): Promise<TestBrowser>;
  /** Creates a user and signs in. */
  user(username: string, options?: { role?: string; readOnly?: boolean }): Promise<TestBrowser>;
  readonly config: Config;
  /** Stops the portal and starts it again, on the same data or on another database of PostgreSQL. */
  restart(database?: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param options `realTime` for the few tests that really wait, as with a `database`: `clock` is of no effect then */
export async function startTestPortal(
  options: {
    kubeconfig?: string;
    realTime?: boolean;
    database?: string;
    secretKeyFile?: string;
    connectionBounds?: ConnectionBounds;
    /** Options of the server besides. */
    flags?: Record<string, unknown>;
  } = {},
): Promise<TestPortal> {
  const dataDir = mkdtempSync(join(tmpdir(), 'curfew-test-'));
  const noKubeconfig = join(dataDir, 'none.kubeconfig');
  writeFileSync(noKubeconfig, '');
  let config = loadConfig(
    {
      port: 0,
      'tls-port': 0,
      'data-dir': join(dataDir, 'data'),
      'cache-dir': join(dataDir, 'cache'),
      kubeconfig: options.kubeconfig ?? noKubeconfig,
      'local-cluster': false,
      database: options.database,
      'secret-key-file': options.secretKeyFile,
      ...options.flags,
    },
    {},
  );
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const clock = createFakeClock(Date.now());
  const bounds = options.connectionBounds === undefined ? {} : { connectionBounds: options.connectionBounds };
  const overrides = { ...(options.realTime === true || options.database !== undefined ? {} : { clock }), ...bounds };
  let portal = await startPortal(config, log, overrides);
  let administratorExists = false;

  const test: TestPortal = {
    get portal() {
      return portal;
    },
    get url() {
      return portal.url;
    },
    get config() {
      return config;
    },
    clock,
    dataDir,
    logs: () => lines.join(''),
    browser: () => new TestBrowser(portal.url),
    async administrator() {
      const browser = new TestBrowser(portal.url);
      if (administratorExists) {
        await browser.signIn('ada');
        return browser;
      }
      administratorExists = true;
      const token = portal.setupUrl?.split('/').at(-1);
      const answer = await browser.send('POST', '/api/setup', { token, username: 'ada', password: PASSWORD });
      if (answer.status !== 201) throw new Error(`no administrator: ${JSON.stringify(answer.body)}`);
      return browser;
    },
    async user(username, { role = 'User', readOnly = false } = {}) {
      const administrator = await test.administrator();
      const created = await administrator.send('POST', '/api/users', { username, password: PASSWORD, role, readOnly });
      if (created.status !== 201) throw new Error(`no user: ${JSON.stringify(created.body)}`);
      const browser = new TestBrowser(portal.url);
      await browser.signIn(username);
      return browser;
    },
    async restart(database) {
      await portal.stop();
      if (database !== undefined) config = { ...config, database };
      portal = await startPortal(config, log, overrides);
    },
    async stop() {
      await portal.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return test;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A browser as far as HTTP goes: keeps cookies and says where a request comes from. */
export class TestBrowser {
  readonly url: string;
  readonly cookies = new Map<string, string>();

  constructor(url: string) {
    this.url = url;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async signIn(username: string, password = PASSWORD): Promise<Answer> {
    const answer = await this.send('POST', '/api/session', { username, password });
    if (answer.status !== 201) throw new Error(`no sign-in: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** The same browser, as a load balancer sends it to another portal. */
  at(url: string): TestBrowser {
    const same = new TestBrowser(url);
    for (const [name, value] of this.cookies) same.cookies.set(name, value);
    return same;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  /** Asks as a page of the portal does, and leaves the answer as it comes. */
  fetch(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        origin: this.url,
        'sec-fetch-site': 'same-origin',
        'curfew-request': '1',
        ...(this.cookies.size > 0 && { cookie: this.cookieHeader }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.fetch(method, path, body, headers);
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  #keep(cookie: string): void {
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
