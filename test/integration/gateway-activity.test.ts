import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataFrame } from '../../src/kubernetes/gateway/spdy-frames.ts';
import { clientFrame, serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import type { RawClient } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade, answerEmpty } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

// What counts as something that a person did (design, section 2.7): for each protocol, in both directions.

const PREFIX = '/k8s/clusters/recording';
const PODS = `${PREFIX}/api/v1/namespaces/dev/pods`;
const COMMAND = 'Kubectl-Session: 0a0b';
const NOBODY = 'Curfew-Activity: none';
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
let tunnels: Duplex[];

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal());
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

describe('a request', () => {
  it.each<[string, string, string, readonly string[], number]>([
    ['a list', 'GET', PODS, [], 1],
    ['a change', 'PATCH', `${PODS}/web`, [], 1],
    ['a log as it is now', 'GET', `${PODS}/web/log`, [], 1],
    ['a watch', 'GET', `${PODS}?watch=true`, [], 0],
    ['a watch in the old form', 'GET', `${PREFIX}/api/v1/watch/namespaces/dev/pods`, [], 0],
    ['a log that is followed', 'GET', `${PODS}/web/log?follow=true`, [], 0],
    ['the groups', 'GET', `${PREFIX}/apis`, [], 0],
    ['the resources of a group', 'GET', `${PREFIX}/apis/apps/v1`, [], 0],
    ['the description of all', 'GET', `${PREFIX}/openapi/v2`, [], 0],
    ['the version', 'GET', `${PREFIX}/version`, [], 0],
    ['whether one may', 'POST', `${PREFIX}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, [], 0],
    ['what one may', 'POST', `${PREFIX}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews`, [], 0],
    ['a list that is marked', 'GET', PODS, [NOBODY], 0],
    ['a list of a command', 'GET', PODS, [COMMAND], 1],
    ['a watch of a command', 'GET', `${PODS}?watch=true`, [COMMAND], 1],
    ['a log that a command follows', 'GET', `${PODS}/web/log?follow=true`, [COMMAND], 1],
    ['discovery by a command', 'GET', `${PREFIX}/apis`, [COMMAND], 1],
    ['a command that is marked', 'GET', PODS, [COMMAND, NOBODY], 0],
  ])('%s', async (_what, method, target, headers, touches) => {
    const { session, token } = await portal.signIn({});
    await exchangeRaw(portal, requestText(method, target, token, ['Connection: close', ...headers]));
    expect(session.touches).toBe(touches);
  });

  it('of a command counts once for all of them', async () => {
    const { session, token } = await portal.signIn({});
    for (const target of [`${PREFIX}/api`, PODS, `${PODS}?watch=true`, PODS]) {
      await exchangeRaw(portal, requestText('GET', target, token, ['Connection: close', COMMAND]));
    }
    expect(session.touches).toBe(1);
    await exchangeRaw(portal, requestText('GET', PODS, token, ['Connection: close', 'Kubectl-Session: 0c0d']));
    expect(session.touches).toBe(2);
  });

  it.each(['?watch=true', '/web/log?follow=true'])('what %s brings is none', async (query) => {
    const { session, token } = await portal.signIn({});
    let response: ServerResponse | null = null;
    upstream.answer = (_request, to) => {
      response = to.writeHead(200, { 'Content-Type': 'application/json' });
      response.flushHeaders();
    };
    const client = openRaw(portal, requestText('GET', `${PODS}${query}`, token, []));
    await waitUntil('the stream', () => response !== null);
    (response as ServerResponse | null)?.write('{"type":"ADDED"}\n');
    await waitUntil('what it brings', () => client.received().includes('ADDED'));
    expect(session.touches).toBe(0);
    client.socket.destroy();
  });
});

/** A stream's opening by the client, whose compressed headers nobody reads here. */
function opening(stream: number): Buffer {
  const frame = Buffer.alloc(22, 0xaa);
  frame.writeUInt32BE(0x80030001, 0);
  frame.writeUInt32BE(14, 4);
  frame.writeUInt32BE(stream, 8);
  return frame;
}

/** A SPDY control frame, such as a ping (6) or a window update (9). */
function control(type: number): Buffer {
  const frame = Buffer.alloc(16, 1);
  frame.writeUInt32BE(0x80030000 + type, 0);
  frame.writeUInt32BE(8, 4);
  return frame;
}

const data = (stream: number, content: string): Uint8Array => dataFrame(stream, Buffer.from(content));
const message = (...bytes: number[]): Uint8Array => clientFrame('binary', Uint8Array.from(bytes));
/** An empty control frame of a WebSocket client. */
const controlFrame = (opcode: number): Uint8Array => Uint8Array.from([0x80 | opcode, 0x80, 0, 0, 0, 0]);
const inMessage = (bytes: Uint8Array): Uint8Array => clientFrame('binary', bytes);

const WEBSOCKET_TUNNEL = WEBSOCKET_HEADERS.map((header) =>
  header.startsWith('Sec-WebSocket-Protocol') ? 'Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io' : header,
);
const WEBSOCKET_BASE64 = WEBSOCKET_HEADERS.map((header) =>
  header.startsWith('Sec-WebSocket-Protocol') ? 'Sec-WebSocket-Protocol: base64.channel.k8s.io' : header,
);

interface TunnelCase {
  readonly what: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  /** What opens the streams, before anything is sent. */
  readonly before: readonly Uint8Array[];
  readonly idle: readonly Uint8Array[];
  readonly output: Uint8Array;
  readonly input: Uint8Array;
}

const STREAMS = [1, 3, 5].map(opening);
const ON_WEBSOCKET = {
  method: 'GET',
  headers: WEBSOCKET_HEADERS,
  before: [],
  // Pings, pongs, a resize, and a write of nothing.
  idle: [controlFrame(9), controlFrame(10), message(4, 0x7b, 0x7d), message(0)],
  output: serverFrame('binary', Buffer.from('\u0001out')),
  input: message(0, 0x6c),
};
const ON_SPDY = {
  method: 'POST',
  headers: SPDY_HEADERS,
  before: STREAMS,
  // Pings, window updates, a resize on the stream behind stdin and stdout, and a write of nothing.
  idle: [control(6), control(9), opening(7), data(7, '{}'), data(3, '')],
  output: data(5, 'out'),
  input: data(3, 'l'),
};
const exec = (kind: string) => `${PODS}/web/${kind}?stdin=true&stdout=true&tty=true&command=sh`;
const FORWARD = `${PODS}/web/portforward`;
const TUNNELS: readonly TunnelCase[] = [
  { what: 'an exec over WebSocket', target: exec('exec'), ...ON_WEBSOCKET },
  { what: 'an attach over WebSocket', target: exec('attach'), ...ON_WEBSOCKET },
  {
    ...ON_WEBSOCKET,
    what: 'an exec over WebSocket as text',
    target: exec('exec'),
    headers: WEBSOCKET_BASE64,
    idle: [clientFrame('text', Buffer.from('4e30=')), clientFrame('text', Buffer.from('0'))],
    output: serverFrame('text', Buffer.from('1b3V0')),
    input: clientFrame('text', Buffer.from('0bA==')),
  },
  { what: 'an exec over SPDY', target: exec('exec'), ...ON_SPDY },
  { what: 'an attach over SPDY', target: exec('attach'), ...ON_SPDY },
  {
    ...ON_SPDY,
    what: 'a port-forward over SPDY',
    target: FORWARD,
    before: [1, 3].map(opening),
    idle: [control(6), control(9), data(3, '')],
    output: data(3, 'from the pod'),
  },
  {
    ...ON_WEBSOCKET,
    what: 'a port-forward over WebSocket, as kubectl 1.31 and later tunnel it',
    target: `${FORWARD}?ports=8080`,
    headers: WEBSOCKET_TUNNEL,
    before: [1, 3].map((stream) => inMessage(opening(stream))),
    idle: [controlFrame(9), inMessage(control(6)), inMessage(control(9)), inMessage(data(3, ''))],
    output: serverFrame('binary', data(3, 'from the pod')),
    input: inMessage(data(3, 'l')),
  },
  {
    ...ON_WEBSOCKET,
    what: 'a port-forward over WebSocket, with a pair of channels for each port',
    target: `${FORWARD}?ports=8080`,
    idle: [controlFrame(9), message(0), message(1, 1)],
  },
];

describe.each(TUNNELS)('$what', ({ method, target, headers, before, idle, output, input }) => {
  async function open(extra: readonly string[]): Promise<{
    session: Awaited<ReturnType<GatewayPortal['signIn']>>['session'];
    client: RawClient;
    send(bytes: Uint8Array): Promise<void>;
  }> {
    const { session, token } = await portal.signIn({});
    const client = openRaw(portal, requestText(method, target, token, [...headers, ...extra]));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101'));
    let arrived = 0;
    tunnels[0]?.on('data', (chunk: Buffer) => (arrived += chunk.length));
    let sent = 0;
    const send = async (bytes: Uint8Array): Promise<void> => {
      sent += bytes.length;
      client.socket.write(bytes);
      await waitUntil('what was sent', () => arrived === sent);
    };
    return { session, client, send };
  }

  it('counts when it is opened, and with what its user sends', async () => {
    const { session, client, send } = await open([]);
    expect(session.touches).toBe(1);
    await send(Buffer.concat(before));
    await send(Buffer.concat(idle));
    const length = client.receivedBytes().length;
    tunnels[0]?.write(output);
    await waitUntil('the output', () => client.receivedBytes().length === length + output.length);
    expect(session.touches).toBe(1);
    await send(input);
    expect(session.touches).toBe(2);
    client.socket.destroy();
  });

  it('that no person opened counts with what is sent all the same', async () => {
    const { session, client, send } = await open([NOBODY]);
    await send(Buffer.concat(before));
    expect(session.touches).toBe(0);
    await send(input);
    expect(session.touches).toBe(1);
    client.socket.destroy();
  });
});
