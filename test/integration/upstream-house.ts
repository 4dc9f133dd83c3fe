import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { startSmallWebApp } from '../support/small-web-app.ts';
import type { SmallWebApp } from '../support/small-web-app.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const HOSTNAME = 'small.localhost';
/** How a browser goes somewhere in a tab. */
export const NAVIGATES = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-site' };

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A portal with a small web application registered as a dashboard, and the administrator `ada`. */
export class UpstreamHouse {
  readonly app: SmallWebApp;
  readonly test: TestPortal;
  ada: TestBrowser;
  dashboard = { id: '', url: '' };

  private constructor(app: SmallWebApp, test: TestPortal, ada: TestBrowser) {
    this.app = app;
    this.test = test;
    this.ada = ada;
  }

  static async start(): Promise<UpstreamHouse> {
    const app = await startSmallWebApp();
    const flags = { 'dashboard-networks': '127.0.0.1' };
    const test = await startTestPortal({ kubeconfig: unreachableKubeconfig(), flags });
    const house = new UpstreamHouse(app, test, await test.administrator());
    house.dashboard = (await house.register({})).body;
    return house;
  }

  /** A new sign-in of the administrator, and nothing received. */
  async renew(): Promise<void> {
    this.app.received.length = 0;
    await this.test.clock.advance(1);
    this.ada = await this.test.administrator();
  }

  async stop(): Promise<void> {
    await this.test.stop();
    await this.app.stop();
  }

  register(changes: Record<string, unknown>, by = this.ada) {
    const given = { cluster: 'nowhere', name: 'Small app', hostname: HOSTNAME, upstream: this.app.origin, ...changes };
    return by.send('POST', '/api/upstream-dashboards', given);
  }

  tab(hostname = HOSTNAME): Tab {
    return new Tab(this.test.url, hostname);
  }

  /** Begins at a path, and agrees at the portal. @returns the address with the code */
  async agree(tab: Tab, who: TestBrowser, path = '/', { id } = this.dashboard): Promise<string> {
    const begun = await tab.go(path);
    expect(begun.status).toBe(303);
    const portal = new URL(begun.headers.location ?? '');
    expect([portal.origin, portal.pathname]).toEqual([this.test.url, `/enter/${id}`]);
    const state = portal.searchParams.get('state');
    const { status, body } = await who.send('POST', `/api/upstream-dashboards/${id}/entry`, { state });
    expect([status, body.detail]).toEqual([201, undefined]);
    expect(new URL(body.url).host).toBe(tab.host);
    return new URL(body.url).pathname + new URL(body.url).search;
  }

  async enter(who: TestBrowser, path = '/'): Promise<Tab> {
    const tab = this.tab();
    const entered = await tab.go(await this.agree(tab, who, path));
    expect([entered.status, entered.headers.location]).toEqual([303, path]);
    return tab;
  }

  /** Registers a further dashboard, and enters it. */
  async enterAnother(hostname: string, changes: Record<string, unknown> = {}): Promise<{ id: string; tab: Tab }> {
    const { body } = await this.register({ hostname, name: hostname, ...changes });
    const tab = this.tab(hostname);
    await tab.go(await this.agree(tab, this.ada, '/', body));
    return { id: body.id, tab };
  }

  /** An open event stream and an open websocket. */
  async openStreams(tab: Tab) {
    const socket = tab.websocket();
    await once(socket, 'open');
    const events = tab.fromPage('GET', '/events').then(
      () => 'ended',
      (error: Error) => error.message,
    );
    await expect.poll(() => this.app.open()).toBe(2);
    return { closed: once(socket, 'close'), events };
  }
}

/** A browser at a dashboard's hostname, which leads to the portal's own port. */
export class Tab {
  readonly cookies = new Map<string, string>();
  readonly #portal: URL;
  readonly #hostname: string;

  constructor(portal: string, hostname: string) {
    this.#portal = new URL(portal);
    this.#hostname = hostname;
  }

  get host(): string {
    return `${this.#hostname}:${this.#portal.port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<RawAnswer> {
    const { port } = this.#portal;
    const cookie = this.cookies.size === 0 ? {} : { cookie: this.cookieHeader };
    const asking = requestHttp({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { host: this.host, ...cookie, ...headers },
    });
    // A stream that is cut is an error of its answer.
    asking.on('error', () => undefined).end(body);
    const [answer] = await once(asking, 'response');
    let text = '';
    for await (const part of answer.setEncoding('utf8')) text += part;
    for (const set of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = String(set).split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: answer.statusCode, headers: answer.headers, body: text };
  }

  go(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return this.ask('GET', path, { ...NAVIGATES, 'sec-fetch-user': '?1', ...headers });
  }

  fromPage(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<RawAnswer> {
    return this.ask(
      method,
      path,
      { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', origin: this.origin, ...headers },
      body,
    );
  }

  websocket(headers: Record<string, string> = {}): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${this.#portal.port}/socket`, {
      headers: { host: this.host, cookie: this.cookieHeader, origin: this.origin, ...headers },
      perMessageDeflate: true,
    });
  }
}
