import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { dataFrame } from '../../src/kubernetes/gateway/spdy-frames.ts';
import { serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade, answerEmpty } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const PODS = '/k8s/clusters/recording/api/v1/namespaces/dev/pods';
const WARNING = (left: string): string =>
  `Your Kubernetes session ends in ${left} (Maximum K8s Session Duration is 60 minutes).`;
const clock = createFakeClock(Date.now());
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
let tunnels: Duplex[];

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal({ clock }));
});
afterAll(() => stop());
beforeEach(() => {
  tunnels = [];
  upstream.answer = answerEmpty;
  upstream.upgrade = (request, socket) => {
    tunnels.push(socket);
    acceptUpgrade(request, socket);
  };
});

describe('an answer', () => {
  const ask = (token: string, ...headers: string[]): Promise<string> =>
    exchangeRaw(
      portal,
      requestText('GET', PODS, token, ['Connection: close', 'User-Agent: kubectl/v1.33', ...headers]),
    );

  it('has one warning when the lead begins and one in the last minute; what nobody reads has none', async () => {
    const { token } = await portal.signIn({});
    await clock.advance(55 * MINUTE_MS);
    expect(await ask(token, 'Curfew-Activity: none')).not.toContain('ends in');
    expect(await ask(token)).toContain(`Warning: 299 curfew "${WARNING('5 min')}"`);
    expect(await ask(token)).not.toContain('ends in');
    await clock.advance(4 * MINUTE_MS);
    expect(await ask(token)).toContain(`Warning: 299 curfew "${WARNING('1 min')}"`);
    expect(await ask(token)).not.toContain('ends in');
  });

  it('that tells the version has none, and takes none from the next one', async () => {
    const { token } = await portal.signIn({});
    await clock.advance(55 * MINUTE_MS);
    const headers = ['Connection: close', 'User-Agent: kubectl/v1.33'];
    const version = requestText('GET', '/k8s/clusters/recording/version', token, headers);
    expect(await exchangeRaw(portal, version)).not.toContain('ends in');
    expect(await ask(token)).toContain('ends in 5 min');
  });

  it('that refuses has none, and takes none from the next one', async () => {
    const { token } = await portal.signIn({});
    await clock.advance(55 * MINUTE_MS);
    upstream.answer = (_request, response) => response.writeHead(404).end('{}');
    expect(await ask(token)).not.toContain('ends in');
    upstream.answer = answerEmpty;
    expect(await ask(token)).toContain('ends in 5 min');
  });
});

/** The streams of a command, as client-go opens them. */
const SPDY_STREAMS = Buffer.concat(
  [1, 3, 5, 7].map((stream) => {
    const frame = Buffer.alloc(12);
    frame.writeUInt32BE(0x80030001, 0);
    frame.writeUInt32BE(4, 4);
    frame.writeUInt32BE(stream, 8);
    return frame;
  }),
);
const line = (left: string): Buffer => Buffer.from(`\nWarning: ${WARNING(left)}\n`);
const onWebSocket = (left: string) => serverFrame('binary', Buffer.concat([Buffer.from([2]), line(left)]));
const onSpdy = (left: string) => dataFrame(7, line(left));

describe('a stream', () => {
  async function open(method: string, target: string, headers: readonly string[], first = Buffer.alloc(0)) {
    const { token } = await portal.signIn({});
    const client = openRaw(portal, requestText(method, target, token, headers));
    await waitUntil('the tunnel', () => client.received().includes('\r\n\r\n'));
    let arrived = 0;
    tunnels.at(-1)?.on('data', (chunk: Buffer) => (arrived += chunk.length));
    client.socket.write(first);
    await waitUntil('its opening', () => arrived === first.length);
    const head = client.receivedBytes().length;
    return { client, body: () => client.receivedBytes().subarray(head) };
  }

  const LINES = 'stdin=true&stdout=true&stderr=true&command=cat';
  it.each([
    { what: 'exec over WebSocket', method: 'GET', kind: 'exec', headers: WEBSOCKET_HEADERS, frame: onWebSocket },
    { what: 'attach over WebSocket', method: 'GET', kind: 'attach', headers: WEBSOCKET_HEADERS, frame: onWebSocket },
    { what: 'exec over SPDY', method: 'POST', kind: 'exec', headers: SPDY_HEADERS, frame: onSpdy },
    { what: 'attach over SPDY', method: 'POST', kind: 'attach', headers: SPDY_HEADERS, frame: onSpdy },
  ])('of lines gets two lines on its error output: $what', async ({ method, kind, headers, frame }) => {
    const first = method === 'POST' ? SPDY_STREAMS : Buffer.alloc(0);
    const { client, body } = await open(method, `${PODS}/web/${kind}?${LINES}`, headers, first);
    await clock.advance(55 * MINUTE_MS - 1);
    expect(body()).toHaveLength(0);
    await clock.advance(1);
    await waitUntil('a line', () => body().length > 0);
    expect(body()).toEqual(Buffer.from(frame('5 min')));
    await clock.advance(4 * MINUTE_MS);
    await waitUntil('another', () => body().length > frame('5 min').length);
    expect(body()).toEqual(Buffer.concat([frame('5 min'), frame('1 min')]));
    client.socket.destroy();
  });

  it('that is in the middle of a frame gets it before that, never within', async () => {
    const { client, body } = await open('GET', `${PODS}/web/exec?${LINES}`, WEBSOCKET_HEADERS);
    const output = Buffer.from(serverFrame('binary', Buffer.from('\u0001output')));
    tunnels[0]?.write(output.subarray(0, 4));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(55 * MINUTE_MS);
    tunnels[0]?.write(output.subarray(4));
    await waitUntil('both', () => body().length >= output.length + onWebSocket('5 min').length);
    expect(body()).toEqual(Buffer.concat([onWebSocket('5 min'), output]));
    client.socket.destroy();
  });

  it.each([
    ['a terminal', 'GET', `exec?${LINES}&tty=true`, WEBSOCKET_HEADERS],
    ['a terminal over SPDY', 'POST', `exec?${LINES}&tty=1`, SPDY_HEADERS],
    ['a command to which nobody types', 'GET', 'exec?stdout=true&stderr=true&command=cat', WEBSOCKET_HEADERS],
    ['a command without an error output', 'GET', 'exec?stdin=true&stdout=true&command=cat', WEBSOCKET_HEADERS],
    ['a port-forward', 'POST', 'portforward', SPDY_HEADERS],
    ['a watch', 'GET', '?watch=true', []],
    ['a log', 'GET', 'log?follow=true', []],
  ])('of another kind is left alone: %s', async (_what, method, query, headers) => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
    };
    const target = query.startsWith('?') ? `${PODS}${query}` : `${PODS}/web/${query}`;
    const { client, body } = await open(method, target, headers, method === 'POST' ? SPDY_STREAMS : Buffer.alloc(0));
    await clock.advance(59 * MINUTE_MS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(body()).toHaveLength(0);
    client.socket.destroy();
  });
});
