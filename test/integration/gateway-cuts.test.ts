import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade, answerEmpty } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const PREFIX = '/k8s/clusters/recording/api/v1/namespaces/dev/pods';
const EXEC = `${PREFIX}/web/exec?command=sh&stdin=true`;
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
const tunnels: Duplex[] = [];

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal());
});
afterAll(() => stop());
beforeEach(() => {
  upstream.recorded.length = 0;
  upstream.answer = answerEmpty;
  tunnels.length = 0;
  upstream.upgrade = (request, socket) => {
    tunnels.push(socket);
    acceptUpgrade(request, socket);
  };
});

/** An answer that goes on for ever, as fast as it is taken. */
function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
    response.once('drain', pour);
  };
  pour();
}

const isGone = (response: ServerResponse | null): boolean => response?.destroyed === true;

const sinceMs = (start: number): number => performance.now() - start;

describe('at the deadline', () => {
  it('a client that never reads is reset within 100 ms, and gets no more', async () => {
    const { session, token } = await portal.signIn({});
    let flooded: ServerResponse | null = null;
    upstream.answer = (_request, response) => {
      flooded = response;
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      flood(response);
    };
    const client = openRaw(portal, requestText('GET', `${PREFIX}/web/log?follow=true`, token), false);
    await waitUntil('the stream', () => session.streams.size === 1 && upstream.recorded.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    session.expire();
    expect(session.streams.size).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Whoever reads now finds what had arrived before, and then the reset, under TLS too: never an orderly end.
    client.socket.resume();
    await client.done;
    expect(client.closed()).toBe('ECONNRESET');
    await waitUntil('the upstream to be gone', () => isGone(flooded));
  });

  it.each([
    ['an exec over WebSocket', 'GET', EXEC, WEBSOCKET_HEADERS],
    ['an exec over SPDY', 'POST', EXEC, SPDY_HEADERS],
    ['a port-forward', 'POST', `${PREFIX}/web/portforward`, SPDY_HEADERS],
    ['a watch', 'GET', `${PREFIX}?watch=true`, []],
    ['a log', 'GET', `${PREFIX}/web/log?follow=true`, []],
  ])('a client that stays silent is cut: %s', async (_what, method, target, headers) => {
    const { session, token } = await portal.signIn({});
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
    };
    const client = openRaw(portal, requestText(method, target, token, headers));
    await waitUntil('the stream', () => client.received().includes('\r\n\r\n'));
    const start = performance.now();
    session.expire();
    await client.done;
    expect(sinceMs(start)).toBeLessThan(150);
    await waitUntil('the upstream', () => tunnels.every((socket) => socket.destroyed));
  });

  it('nothing passes any more, either way, even where the timer is late', async () => {
    const { session, token } = await portal.signIn({}, 0.02);
    const client = openRaw(portal, requestText('GET', EXEC, token, WEBSOCKET_HEADERS));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101'));
    let arrived = '';
    tunnels[0]?.on('data', (chunk: Buffer) => (arrived += chunk.toString('latin1')));
    while (session.end() === null) await new Promise((resolve) => setImmediate(resolve));
    client.socket.write('late');
    tunnels[0]?.write(Buffer.from([0x82, 2, 1, 0x41]));
    await client.done;
    expect(arrived).toBe('');
    expect(client.received()).not.toContain('\u0082\u0002\u0001A');
  });

  it('a watch ends with an event that says why, between two events only', async () => {
    const { session, token } = await portal.signIn({});
    let response: ServerResponse | null = null;
    upstream.answer = (_request, to) => {
      response = to.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"type":"ADDED"}\n');
    };
    const whole = openRaw(portal, requestText('GET', `${PREFIX}?watch=true`, token));
    await waitUntil('an event', () => whole.received().includes('ADDED'));
    const broken = openRaw(portal, requestText('GET', `${PREFIX}?watch=true&b`, token));
    await waitUntil('an event', () => broken.received().includes('ADDED'));
    (response as ServerResponse | null)?.write('{"type":"MODIF');
    await waitUntil('half an event', () => broken.received().includes('MODIF'));
    session.expire();
    await Promise.all([whole.done, broken.done]);
    expect(whole.received()).toMatch(/\{"type":"ERROR","object":\{"kind":"Status".*Maximum K8s Session Duration/);
    expect(whole.received()).toMatch(/\r\n0\r\n\r\n$/);
    expect(broken.received()).not.toContain('ERROR');
    expect(broken.closed()).toBe('ECONNRESET');
  });

  it('a request that has no answer yet gets the reason', async () => {
    const { session, token } = await portal.signIn({});
    upstream.answer = () => undefined;
    const client = openRaw(portal, requestText('GET', `${PREFIX}/slow`, token, []));
    await waitUntil('the request', () => upstream.recorded.length === 1);
    session.expire();
    await client.done;
    expect(client.received()).toMatch(/^HTTP\/1\.1 401 /);
    expect(client.received()).toContain('Maximum K8s Session Duration is 60 minutes');
  });

  it('an upload is cut, and its upstream too', async () => {
    const { session, token } = await portal.signIn({});
    const text = requestText('POST', `${PREFIX}/web/proxy/upload`, token, ['Transfer-Encoding: chunked']);
    const client = openRaw(portal, `${text}5\r\nhello\r\n`);
    await waitUntil('the stream', () => session.streams.size === 1);
    session.expire();
    await client.done;
    expect(client.received()).toMatch(/HTTP\/1\.1 401 /);
  });

  it('lateness is measured from the end', async () => {
    const { session, token } = await portal.signIn({});
    const client = openRaw(portal, requestText('GET', EXEC, token, WEBSOCKET_HEADERS));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101'));
    session.expire(40);
    expect(portal.cuts.at(-1)?.kind).toBe('exec');
    expect(portal.cuts.at(-1)?.latenessMs).toBeGreaterThanOrEqual(40);
    await client.done;
  });
});

describe('an end that races the opening', () => {
  it('before the cluster has agreed: the client gets the reason, no tunnel opens', async () => {
    const { session, token } = await portal.signIn({});
    const waiting: (() => void)[] = [];
    upstream.upgrade = (request, socket) => {
      tunnels.push(socket);
      waiting.push(() => {
        acceptUpgrade(request, socket);
      });
    };
    const client = openRaw(portal, `${requestText('POST', EXEC, token, SPDY_HEADERS)}smuggled`);
    await waitUntil('the question', () => waiting.length === 1);
    session.revoke();
    waiting[0]?.();
    await client.done;
    expect(client.received()).toMatch(/^HTTP\/1\.1 401 /);
    expect(client.received()).toContain('it was ended by a person');
    await waitUntil('the upstream to be gone', () => tunnels[0]?.destroyed === true);
  });

  it('before it is connected, and after it has ended', async () => {
    const { session, token } = await portal.signIn({});
    session.revoke();
    for (const headers of [['Connection: close'], WEBSOCKET_HEADERS, SPDY_HEADERS]) {
      expect(await exchangeRaw(portal, requestText('GET', EXEC, token, headers))).toMatch(/^HTTP\/1\.1 401 /);
    }
    expect(upstream.recorded).toEqual([]);
  });

  it('many times over, at random instants: nothing stays open', async () => {
    for (let round = 0; round < 30; round++) {
      const { session, token } = await portal.signIn({});
      const clients = [
        openRaw(portal, requestText('GET', EXEC, token, WEBSOCKET_HEADERS)),
        openRaw(portal, requestText('POST', EXEC, token, SPDY_HEADERS)),
        openRaw(portal, requestText('GET', `${PREFIX}?watch=true`, token)),
      ];
      upstream.answer = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
      };
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 23));
      session.revoke();
      await Promise.all(clients.map(({ done }) => done));
      expect(session.streams.size).toBe(0);
    }
    await waitUntil('every tunnel to be gone', () => tunnels.every((socket) => socket.destroyed));
  });
});
