import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
let administrator: TestBrowser;

beforeAll(async () => {
  test = await startTestPortal();
  administrator = await test.administrator();
});

afterAll(() => test.stop());

describe('strangers', () => {
  it('cannot keep people from signing in by racing set-ups, once there is an administrator', async () => {
    const body = { token: 'guessed', username: 'mallory', password: PASSWORD };
    const attacks = Array.from({ length: 100 }, () => test.browser().send('POST', '/api/setup', body));
    const signIn = await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD });
    expect(signIn.status).toBe(201);
    const answers = await Promise.all(attacks);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  });

  it.each([
    ['the gateway', '/k8s/clusters/local/version'],
    ['the portal', '/api/shells/nothing/terminal'],
    ['nothing', '/api/nothing'],
  ])('cannot hold the connection of a refused upgrade to %s by keeping their half open', async (_what, path) => {
    const client = await open(`GET ${path} HTTP/1.1\r\n${host()}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 40[14] /);
  });

  it.each([
    ['the portal', 'POST /api/session', 'Content-Length: 60000'],
    ['the portal, in chunks', 'POST /api/session', 'Transfer-Encoding: chunked'],
    ['a page that is none', 'POST /nothing', 'Content-Length: 60000'],
    ['the gateway', 'POST /k8s/clusters/local/api/v1/namespaces/dev/pods', 'Content-Length: 60000'],
  ])('cannot hold a connection to %s with a body that does not end', async (_what, line, length) => {
    const more = length.startsWith('Transfer') ? '1\r\n \r\n' : ' ';
    const head = `${line} HTTP/1.1\r\n${host()}Content-Type: application/json\r\n${length}\r\n\r\n`;
    const client = await open(head, more);
    await settle();
    expect(client.socket.destroyed).toBe(false);
    await test.clock.advance(20_000);
    await client.closed;
  });
});

describe('whoever stole a session', () => {
  it('cannot find out the password by guessing the current one, and locks nobody out by it', async () => {
    const thief = await test.user('guessed');
    const change = (currentPassword: string) =>
      thief.send('PUT', '/api/session/password', { currentPassword, newPassword: `${PASSWORD}!` });
    const codes: string[] = [];
    for (let guess = 0; guess < 7; guess++) codes.push((await change(`guess ${guess}`)).body.code);
    expect(codes.slice(0, 6)).toEqual(Array(6).fill('invalid-credentials'));
    expect(codes[6]).toBe('too-many-attempts');
    expect((await change(PASSWORD)).body.code).toBe('too-many-attempts');
    await test.browser().signIn('guessed');
    await test.clock.advance(1000);
    expect((await change(PASSWORD)).status).toBe(204);
  });

  it('opens 64 event streams at most', async () => {
    const stop = new AbortController();
    const ask = () =>
      fetch(`${test.url}/api/session/events`, {
        headers: { cookie: administrator.cookieHeader, origin: test.url },
        signal: stop.signal,
      });
    const answers = await Promise.all(Array.from({ length: 70 }, ask));
    const statuses = answers.map(({ status }) => status);
    stop.abort();
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
    expect(statuses.filter((status) => status === 503)).toHaveLength(6);
  });
});

function host(): string {
  return `Host: ${new URL(test.url).host}\r\n`;
}

/** A client that never closes its half; `closed` has what it read until the server closed the whole connection. */
async function open(text: string, more = ' '): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect({ port: Number(new URL(test.url).port), host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  const closed = new Promise<string>((resolve) => {
    // A half of its own is open: only if the server's end is gone altogether does writing fail.
    const probe = setInterval(() => socket.write(more), 20);
    socket
      .on('error', () => undefined)
      .once('close', () => {
        clearInterval(probe);
        resolve(answer);
      });
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, closed };
}

/** Long enough for an answer over loopback. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 200);
  });
}
