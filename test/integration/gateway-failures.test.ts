import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GATEWAY_LIMITS } from '../../src/kubernetes/gateway/ports.ts';
import type { Duplex } from 'node:stream';
import { serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade, answerEmpty } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const PREFIX = '/k8s/clusters/recording/api/v1/namespaces/dev/pods';
const EXEC = `${PREFIX}/web/exec?command=sh&stdin=true`;
/** The opening of a command's first stream, that of its error. */
const ERROR_STREAM = Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1]);
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
const tunnels: Duplex[] = [];

beforeAll(async () => {
  const limits = { ...GATEWAY_LIMITS, streamsPerSession: 3, requestsPerSession: 2, headerBytes: 4096 };
  ({ upstream, portal, stop } = await startRecordedPortal({ limits }));
});
afterAll(() => stop());
beforeEach(() => {
  upstream.answer = answerEmpty;
  tunnels.length = 0;
  upstream.upgrade = (request, socket) => {
    tunnels.push(socket);
    acceptUpgrade(request, socket);
  };
});

describe('quotas', () => {
  it('answer 429 for one stream or request too many, and give back', async () => {
    const { session, token } = await portal.signIn({});
    const open = Array.from({ length: 3 }, () => openRaw(portal, requestText('GET', EXEC, token, WEBSOCKET_HEADERS)));
    await waitUntil('three tunnels', () => tunnels.length === 3);
    const refused = await exchangeRaw(portal, requestText('POST', EXEC, token, SPDY_HEADERS));
    expect(refused).toMatch(/^HTTP\/1\.1 429 /);
    expect(refused).toMatch(/^retry-after: 1/im);
    for (const { socket } of open) socket.destroy();
    await waitUntil('them to be gone', () => session.streams.size === 0 && tunnels.every(({ destroyed }) => destroyed));

    upstream.answer = () => undefined;
    const slow = [1, 2].map(() => openRaw(portal, requestText('GET', `${PREFIX}/slow`, token)));
    await waitUntil('two requests', () => session.streams.size === 2);
    expect(await exchangeRaw(portal, requestText('GET', `${PREFIX}/web`, token))).toMatch(/^HTTP\/1\.1 429 /);
    for (const { socket } of slow) socket.destroy();
    await waitUntil('them to be gone', () => session.streams.size === 0);
  });

  it('bound the size of headers', async () => {
    const { token } = await portal.signIn({});
    const large = requestText('GET', PREFIX, token, ['Connection: close', `X-Large: ${'x'.repeat(5000)}`]);
    expect(await exchangeRaw(portal, large)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('when one side fails', () => {
  it('a client that goes away takes its upstream along', async () => {
    const { session, token } = await portal.signIn({});
    let closed = false;
    upstream.answer = (request, response) => {
      request.socket.once('close', () => (closed = true));
      response.writeHead(200).flushHeaders();
    };
    const client = openRaw(portal, requestText('GET', `${PREFIX}/web/log?follow=true`, token));
    await waitUntil('the stream', () => client.received().includes('200 OK'));
    client.socket.destroy();
    await waitUntil('the upstream to be gone', () => closed);
    expect(session.streams.size).toBe(0);
  });

  it('an answer that breaks off breaks off for the client too', async () => {
    const { token } = await portal.signIn({});
    upstream.answer = (request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => request.socket.destroy());
    };
    const answer = await exchangeRaw(portal, requestText('GET', `${PREFIX}/web`, token));
    expect(answer).toMatch(/half$/);
    expect(answer).toMatch(/content-length: 100/i);
  });

  const LOST = 'The connection to the cluster broke off: it is not known what became of this command.';
  it.each([
    ['over WebSocket', 'GET', WEBSOCKET_HEADERS, Buffer.alloc(0), (tunnel: Duplex) => tunnel.end()],
    ['over SPDY, by a reset', 'POST', SPDY_HEADERS, ERROR_STREAM, (tunnel: Duplex) => void tunnel.destroy()],
  ])('a command of which nobody says how it ended is no success: %s', async (_what, method, headers, first, end) => {
    const { session, token } = await portal.signIn({});
    const client = openRaw(portal, requestText(method, EXEC, token, headers));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101'));
    let arrived = 0;
    tunnels[0]?.on('data', (chunk: Buffer) => (arrived += chunk.length));
    client.socket.write(first);
    await waitUntil('its streams', () => arrived === first.length);
    end(tunnels[0] as Duplex);
    await client.done;
    expect(client.received()).toContain(`"message":"${LOST}","reason":"BadGateway","code":502`);
    expect(session.streams.size).toBe(0);
  });

  it('a command whose outcome was told gets nothing else', async () => {
    const { token } = await portal.signIn({});
    const client = openRaw(portal, requestText('GET', EXEC, token, WEBSOCKET_HEADERS));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101'));
    const outcome = Buffer.from(serverFrame('binary', Buffer.from('\u0003{"status":"Success"}')));
    tunnels[0]?.end(outcome);
    await client.done;
    expect(client.receivedBytes().subarray(-outcome.length)).toEqual(outcome);
  });

  it('a watch that breaks off says so, between two events only', async () => {
    const { token } = await portal.signIn({});
    for (const [event, says] of [
      ['{"type":"ADDED"}\n', true],
      ['{"type":"ADDED"}\n{"type":"MODIF', false],
    ] as const) {
      upstream.answer = (request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write(event, () => setTimeout(() => request.socket.destroy(), 50));
      };
      const client = openRaw(portal, requestText('GET', `${PREFIX}?watch=true`, token, ['Connection: close']));
      await client.done;
      expect(client.received().includes('"type":"ERROR"')).toBe(says);
      expect(client.received().endsWith('\r\n0\r\n\r\n')).toBe(says);
    }
  });

  it('a cluster that resets is told in plain words', async () => {
    const { token } = await portal.signIn({});
    upstream.answer = (request) => request.socket.destroy();
    const answer = await exchangeRaw(portal, requestText('DELETE', `${PREFIX}/web`, token));
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toMatch(
      /"message":"The cluster cannot be reached: the connection to 127\.0\.0\.1:\d+ was (?:broken|reset)/,
    );
  });

  it('a slow client holds the upstream back', async () => {
    const { session, token } = await portal.signIn({});
    let written = 0;
    let writtenAt = 0;
    upstream.answer = (_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      const pour = (): void => {
        for (;;) {
          written += chunk.length;
          writtenAt = performance.now();
          if (!response.write(chunk)) break;
        }
        response.once('drain', pour);
      };
      pour();
    };
    const client = openRaw(portal, requestText('GET', `${PREFIX}/web`, token), false);
    await waitUntil('the upstream to be held back', () => written > 0 && performance.now() - writtenAt > 300);
    // Kernel buffers on four sockets, and not a byte more.
    expect(written).toBeLessThan(32 * 1024 * 1024);
    client.socket.destroy();
    await waitUntil('it to be gone', () => session.streams.size === 0);
  });
});

describe('while one user floods', () => {
  it('with what watches bring, another is served', async () => {
    const flooding = await portal.signIn({ id: 'flooder', username: 'flooder' });
    const event = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object: { data: 'x'.repeat(16_000) } })}\n`);
    upstream.answer = (request, response) => {
      if (request.url?.includes('watch') !== true) {
        answerEmpty(request, response);
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const pour = (): void => {
        if (response.destroyed) return;
        if (response.write(event)) setImmediate(pour);
        else response.once('drain', pour);
      };
      pour();
    };
    const watch = requestText('GET', `${PREFIX}?watch=true`, flooding.token);
    const clients = [openRaw(portal, watch), openRaw(portal, watch), openRaw(portal, watch, false)];
    await waitUntil('the flood', () => (clients[0]?.receivedBytes().length ?? 0) > 1_000_000);

    expect(await medianWhenServed('patient')).toBeLessThan(250);
    flooding.session.revoke();
    await Promise.all(clients.slice(0, 2).map(({ done }) => done));
    clients[2]?.socket.destroy();
  });

  it('with new watches, another is served, and none stays', async () => {
    const { session, token } = await portal.signIn({ id: 'opener', username: 'opener' });
    upstream.answer = (request, response) => {
      if (request.url?.includes('watch') === true) response.writeHead(200).flushHeaders();
      else answerEmpty(request, response);
    };
    const statuses = new Map<string, number>();
    const flood = { goesOn: true };
    const openAndLeave = async (): Promise<void> => {
      while (flood.goesOn) {
        const client = openRaw(portal, requestText('GET', `${PREFIX}?watch=true`, token));
        await waitUntil('an answer', () => client.received() !== '' || client.closed() !== null);
        const status = client.received().slice(9, 12);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        client.socket.destroy();
      }
    };
    const openers = Array.from({ length: 20 }, openAndLeave);
    await waitUntil('the quota to refuse', () => (statuses.get('429') ?? 0) > 20);
    expect(await medianWhenServed('untroubled')).toBeLessThan(250);
    flood.goesOn = false;
    await Promise.all(openers);
    expect([...statuses.keys()].toSorted()).toEqual(['200', '429']);
    await waitUntil('them to be gone', () => session.streams.size === 0);
  });
});

/** A new TLS connection for each request, upstream and flood in the same process: what counts is that nobody starves. */
async function medianWhenServed(username: string): Promise<number> {
  const { token } = await portal.signIn({ id: username, username });
  const took: number[] = [];
  for (let round = 0; round < 40; round++) {
    const start = performance.now();
    expect(await exchangeRaw(portal, requestText('GET', `${PREFIX}/web`, token))).toMatch(/^HTTP\/1\.1 200 /);
    took.push(performance.now() - start);
  }
  return took.toSorted((a, b) => a - b)[20] ?? Infinity;
}
