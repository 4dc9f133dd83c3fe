import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { dashboardServerMessageSchema } from '../../src/wire/dashboard.ts';
import type { DashboardClientMessage, DashboardServerMessage } from '../../src/wire/dashboard.ts';
import type { TestBrowser } from '../support/test-portal.ts';

/** The websocket of a dashboard's page, and what came over it. */
export interface Page {
  readonly socket: WebSocket;
  readonly messages: DashboardServerMessage[];
  readonly closed: Promise<number>;
  send(message: DashboardClientMessage): void;
  waitFor(which: Partial<DashboardServerMessage>): Promise<DashboardServerMessage>;
}

export function connect(browser: TestBrowser, id: string, headers: Record<string, string> = {}): WebSocket {
  const url = `${browser.url.replace('http', 'ws')}/api/dashboards/${id}/streams`;
  return new WebSocket(url, { headers: { cookie: browser.cookieHeader, origin: browser.url, ...headers } });
}

/** The websocket of a terminal in a container. */
export function connectTerminal(
  browser: TestBrowser,
  id: string,
  what: Record<string, string> = { namespace: 'dev', pod: 'web', container: 'main' },
  headers: Record<string, string> = {},
): WebSocket {
  const url = `${browser.url.replace('http', 'ws')}/api/dashboards/${id}/terminal?${new URLSearchParams(what).toString()}`;
  return new WebSocket(url, 'v4.channel.k8s.io', {
    headers: { cookie: browser.cookieHeader, origin: browser.url, ...headers },
  });
}

export async function connectPage(browser: TestBrowser, id: string): Promise<Page> {
  const socket = connect(browser, id);
  const messages: DashboardServerMessage[] = [];
  socket.on('message', (data: Buffer) =>
    messages.push(dashboardServerMessageSchema.parse(JSON.parse(data.toString()))),
  );
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    async waitFor(which) {
      const find = () =>
        messages.find((each) => Object.entries(which).every(([key, value]) => Reflect.get(each, key) === value));
      await expect.poll(find, { timeout: 10_000 }).toBeDefined();
      return find() as DashboardServerMessage;
    },
  };
}

/** The status with which an upgrade is refused. */
export const refusedWith = (socket: WebSocket): Promise<number> =>
  new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.once('open', () => reject(new Error('it was let in')));
    socket.once('error', () => undefined);
  });
