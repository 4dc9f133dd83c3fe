import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

const MOST_WAITING = 50;
let test: TestPortal;

beforeAll(async () => {
  const connectionBounds = { headersWithinMs: 400, checkedEveryMs: 50, mostWaiting: MOST_WAITING };
  test = await startTestPortal({ connectionBounds });
  await test.administrator();
});
afterAll(() => test.stop());

interface Client {
  readonly socket: Socket;
  readonly closed: Promise<string>;
}

describe('a client that takes its time', () => {
  it.each(['plain', 'TLS'])('with its headers, byte by byte, is cut off (%s)', async (how) => {
    const client = await (how === 'TLS' ? openTls() : open(portOf(test.url)));
    const openedAt = performance.now();
    const answer = await drip(client, 'GET /api/session HTTP/1.1\r\nX-Slow: ');
    expect(performance.now() - openedAt).toBeGreaterThan(300);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('with the headers of its second request is cut off too', async () => {
    const client = await open(portOf(test.url));
    client.socket.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(test.url).host}\r\n\r\n`);
    await new Promise((resolve) => client.socket.once('data', resolve));
    expect(await drip(client, 'GET /api/session HTTP/1.1\r\nX-Slow: ')).toMatch(/HTTP\/1\.1 408 /);
  });

  it('with its TLS handshake is cut off', async () => {
    const client = await open(portOf(test.portal.tlsUrl ?? ''));
    client.socket.write(Buffer.from([0x16, 0x03, 0x01]));
    expect(await client.closed).toBe('');
  });
});

describe('connections that wait for their client', () => {
  it.each([
    ['for headers', 'GET /api/session HTTP/1.1\r\nX-Slow: '],
    ['for a body', () => `POST /api/session HTTP/1.1\r\n${host()}Content-Length: 100\r\n\r\n{`],
    ['for the next request', () => `GET /healthz HTTP/1.1\r\n${host()}\r\n`],
  ])('%s: however many, the oldest make room, and people sign in', async (_what, text) => {
    const clients = await hold(
      4 * MOST_WAITING,
      () => open(portOf(test.url)),
      typeof text === 'string' ? text : text(),
    );
    expect(clients.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(MOST_WAITING);
    const signIn = await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD });
    expect(signIn.status).toBe(201);
    for (const { socket } of clients) socket.destroy();
  });

  it('for a stranger to take the answers: however many, the oldest make room', async () => {
    const asking = `GET /api/docs/static/swagger-ui-bundle.js HTTP/1.1\r\n${host()}\r\n`;
    const sockets: Socket[] = [];
    for (let index = 0; index < MOST_WAITING - 5; index++) {
      const socket = connect({ port: portOf(test.url), host: '127.0.0.1' });
      sockets.push(socket.on('error', () => undefined));
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    // More than what the system keeps for a client that does not read, and one after another.
    for (let round = 0; round < 10; round++) {
      for (const socket of sockets) socket.write(asking);
      await answered();
    }
    const clients = await hold(MOST_WAITING, () => open(portOf(test.url)), 'GET / HTTP/1.1\r\n');
    // The one that was answered just now may be there still.
    expect(establishedAt(portOf(test.url))).toBeLessThanOrEqual(MOST_WAITING + 1);
    for (const socket of [...sockets, ...clients.map((each) => each.socket)]) socket.destroy();
  });

  it('are not those on which another request is being served', async () => {
    const browser = await test.administrator();
    const { socket } = await open(portOf(test.url));
    const events = `GET /api/session/events HTTP/1.1\r\n${host()}Cookie: ${browser.cookieHeader}\r\nOrigin: ${test.url}\r\n\r\n`;
    socket.write(`GET /healthz HTTP/1.1\r\n${host()}\r\n${events}`);
    await new Promise((resolve) => socket.once('data', resolve));
    const clients = await hold(2 * MOST_WAITING, () => open(portOf(test.url)), 'GET / HTTP/1.1\r\n');
    expect(socket.destroyed).toBe(false);
    for (const client of [{ socket }, ...clients]) client.socket.destroy();
  });

  it('for a handshake or for headers within TLS as well', async () => {
    const shaking = await hold(MOST_WAITING, () => open(portOf(test.portal.tlsUrl ?? '')), '\u0016');
    const shaken = await hold(MOST_WAITING, openTls, 'GET / HTTP/1.1\r\n');
    expect(shaking.filter(({ socket }) => !socket.destroyed)).toEqual([]);
    expect(shaken.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(MOST_WAITING);
    for (const { socket } of shaken) socket.destroy();
  });

  it('are not those that are being served', async () => {
    const browser = await test.administrator();
    const { socket } = await open(portOf(test.url));
    socket.write(`GET /api/session/events HTTP/1.1\r\n${host()}Cookie: ${browser.cookieHeader}\r\n`);
    socket.write(`Origin: ${test.url}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    const clients = await hold(2 * MOST_WAITING, () => open(portOf(test.url)), 'GET / HTTP/1.1\r\n');
    const ended = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())));
    expect((await browser.send('DELETE', '/api/session')).status).toBe(204);
    expect(await ended).toContain('event: ended');
    for (const client of clients) client.socket.destroy();
  });
});

async function open(port: number): Promise<Client> {
  return clientOf(connect({ port, host: '127.0.0.1' }), 'connect');
}

async function openTls(): Promise<Client> {
  const port = portOf(test.portal.tlsUrl ?? '');
  return clientOf(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect');
}

async function clientOf(socket: Socket, opened: string): Promise<Client> {
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(answer)));
  await Promise.race([new Promise((resolve) => socket.once(opened, resolve)), closed]);
  return { socket, closed };
}

/** Sends the text, then byte after byte. @returns what was answered until the connection was closed */
async function drip({ socket, closed }: Client, text: string): Promise<string> {
  socket.write(text);
  const timer = setInterval(() => socket.write('x'), 20);
  const answer = await closed;
  clearInterval(timer);
  return answer;
}

/** Opens clients one after another, each of which sends the text and no more; resolves once the portal has them all. */
async function hold(count: number, openOne: () => Promise<Client>, text: string): Promise<Client[]> {
  const clients: Client[] = [];
  for (let index = 0; index < count; index++) {
    const client = await openOne();
    client.socket.write(text);
    clients.push(client);
  }
  // Their ends have arrived before this answer.
  await answered();
  return clients;
}

/** Asks over a connection of its own: one that waited may have been closed. */
async function answered(): Promise<void> {
  const { socket } = await open(portOf(test.url));
  socket.write(`GET /healthz HTTP/1.1\r\n${host()}\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
}

/** How many connections to a port the server has not closed (proc_net_tcp(5)); its clients may not have noticed yet. */
function establishedAt(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => /^ *\d+: \w+:\w+ \w+:\w+ 01 /.test(line) && line.slice(0, 22).includes(local)).length;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function host(): string {
  return `Host: ${new URL(test.url).host}\r\n`;
}
