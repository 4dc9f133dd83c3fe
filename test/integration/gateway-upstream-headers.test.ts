import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade, answerEmpty } from './gateway-recording-upstream.ts';
import type { Recorded, RecordingUpstream } from './gateway-recording-upstream.ts';

const PREFIX = '/k8s/clusters/recording';
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
let token: string;

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal());
  ({ token } = await portal.signIn({ username: 'alice' }));
});
afterAll(() => stop());
beforeEach(() => {
  upstream.recorded.length = 0;
  upstream.answer = answerEmpty;
  upstream.upgrade = acceptUpgrade;
  upstream.allows = true;
});

const HOSTILE = [
  'X-Remote-User: admin',
  'X-Remote-Group: system:masters',
  'Cookie: __Host-curfew=x',
  'Proxy-Authorization: Basic x',
  'X-Forwarded-User: admin',
];

function valuesOf({ rawHeaders }: Recorded, wanted: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
}

function expectOneUser(request: Recorded): void {
  expect(valuesOf(request, 'impersonate-user')).toEqual(['curfew:alice']);
  expect(valuesOf(request, 'impersonate-group')).toEqual(['curfew:users']);
  expect(valuesOf(request, 'impersonate-extra-session.curfew')).toEqual(['session-1']);
  expect(valuesOf(request, 'authorization')).toEqual(['Bearer cluster-token']);
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  expect(names.filter((name) => /^x-remote|^x-forwarded|^cookie|^proxy-/.test(name))).toEqual([]);
  expect(names.filter((name) => name.startsWith('impersonate-'))).toHaveLength(3);
}

describe('every request to a cluster names exactly one user', () => {
  const POD = '/api/v1/namespaces/dev/pods/web';
  const requests: [string, string, string?][] = [
    ['GET', '/'],
    ['GET', '/api'],
    ['GET', '/version'],
    ['GET', '/openapi/v2'],
    ['GET', '/api/v1/pods?limit=500'],
    ['HEAD', '/api/v1/pods'],
    ['POST', '/api/v1/namespaces/dev/configmaps', '{"a":1}'],
    ['POST', '/api/v1/namespaces/dev/configmaps'],
    ['POST', '/api/v1/namespaces/dev/secrets', '{"type":"Opaque"}'],
    ['POST', '/api/v1/namespaces/dev/serviceaccounts/x/token', '{"spec":{}}'],
    ['PUT', POD, '{"a":1}'],
    ['PATCH', POD, '{"a":1}'],
    ['DELETE', POD],
    ['DELETE', POD, '{"kind":"DeleteOptions"}'],
    ['GET', '/api/v1/pods?watch=true'],
    ['GET', `${POD}/log?follow=true`],
    ['GET', `${POD}/proxy/a%20b/?c=%2F`],
    ['POST', `${POD}/exec?command=id`],
    ['OPTIONS', '/version'],
  ];
  it.each(requests)('%s %s', async (method, target, body = '') => {
    const text = requestText(method, PREFIX + target, token, ['Connection: close', ...HOSTILE], body);
    const answer = await exchangeRaw(portal, text);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.recorded.map((request) => [request.method, request.target])).toEqual([[method, target]]);
    upstream.recorded.forEach(expectOneUser);
  });

  it.each([
    ['GET', `${POD}/exec?command=id`, WEBSOCKET_HEADERS, 2],
    ['GET', `${POD}/attach`, WEBSOCKET_HEADERS, 2],
    ['GET', `${POD}/portforward?ports=80`, WEBSOCKET_HEADERS, 2],
    ['GET', '/api/v1/pods?watch=true', WEBSOCKET_HEADERS, 1],
    ['GET', `${POD}/proxy/socket`, WEBSOCKET_HEADERS, 1],
    ['POST', `${POD}/exec?command=id`, SPDY_HEADERS, 1],
    ['GET', `${POD}/exec?command=id`, SPDY_HEADERS, 2],
    ['POST', `${POD}/portforward`, SPDY_HEADERS, 1],
  ])('%s %s, upgraded', async (method, target, headers, count) => {
    const bearer = 'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.bWFzdGVy';
    const client = openRaw(portal, requestText(method, PREFIX + target, token, [...headers, ...HOSTILE, bearer]));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101 '));
    client.socket.destroy();
    // A GET that opens a tunnel is preceded by the question whether the user may create it.
    expect(upstream.recorded).toHaveLength(count);
    upstream.recorded.forEach(expectOneUser);
    const [last] = upstream.recorded.slice(-1);
    expect([last?.method, last?.target]).toEqual([method, target]);
    expect(JSON.stringify(last)).not.toContain('bearer.authorization');
  });

  it('also when Connection names what names the user', async () => {
    const connection = 'Connection: close, Impersonate-User, Impersonate-Group, Authorization, Content-Length';
    await exchangeRaw(portal, requestText('GET', `${PREFIX}/api`, token, [connection]));
    upstream.recorded.forEach(expectOneUser);
    expect(upstream.recorded).toHaveLength(1);
  });

  it.each([
    'Impersonate-User: root',
    'impersonate-GROUP: system:masters',
    'Impersonate-Uid: 0',
    'Impersonate-Extra-x: y',
  ])('and refuses a client that names one: %s', async (header) => {
    for (const headers of [
      ['Connection: close', header],
      [...WEBSOCKET_HEADERS, header],
      [...SPDY_HEADERS, header],
    ]) {
      const answer = await exchangeRaw(portal, requestText('GET', `${PREFIX}/api/v1/pods`, token, headers));
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('Curfew decides who you are in the cluster');
    }
    expect(upstream.recorded).toEqual([]);
  });
});

describe('paths', () => {
  it('that are ambiguous never reach the cluster', async () => {
    const attacks = [
      `${PREFIX}/api/v1/namespaces/dev/pods/web/%65xec`,
      `${PREFIX}/api/v1/namespaces/dev/pods%2Fweb%2Fexec`,
      `${PREFIX}/api/v1/namespaces/dev/../kube-system/pods`,
      `${PREFIX}/api/v1/namespaces/dev/pods/web/proxy/..%2f..%2fexec`,
      `${PREFIX}//api/v1/pods`,
      '/k8s/clusters/dev%2f..%2frecording/api',
      '/k8s/clusters/../clusters/recording/api',
    ];
    for (const target of attacks) {
      for (const headers of [['Connection: close'], WEBSOCKET_HEADERS, SPDY_HEADERS]) {
        const answer = await exchangeRaw(portal, requestText('GET', target, token, headers));
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
        expect(answer).toContain('"kind":"Status"');
      }
    }
    const absolute = `GET ${portal.url}${PREFIX}/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect(await exchangeRaw(portal, absolute)).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.recorded).toEqual([]);
  });

  it('are forwarded byte for byte', async () => {
    const target = '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%20%C3%BC?x=%2e%2e%2F&y=a+b&z=[1]';
    await exchangeRaw(portal, requestText('GET', PREFIX + target, token));
    expect(upstream.recorded[0]?.target).toBe(target);
  });
});

describe('answers', () => {
  it('carry nothing of a hostile page, refusals included', async () => {
    upstream.answer = (_request, response) => {
      const hostile = { 'Set-Cookie': '__Host-curfew=x; Secure; Path=/', 'Access-Control-Allow-Origin': '*' };
      const more = { 'Clear-Site-Data': '"*"', 'Service-Worker-Allowed': '/', Refresh: '0', 'Alt-Svc': 'h3=":1"' };
      response.writeHead(200, { ...hostile, ...more, 'Content-Type': 'text/html', 'Cache-Control': 'public' });
      response.end('<script>alert(1)</script>');
    };
    const target = `${PREFIX}/api/v1/namespaces/dev/pods/web/proxy/`;
    const page = await exchangeRaw(portal, requestText('GET', target, token));
    expect(page).toContain('<script>');
    const refused = await exchangeRaw(portal, requestText('GET', target, 'wrong'));
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    const raw = await exchangeRaw(portal, requestText('GET', target, 'wrong', WEBSOCKET_HEADERS));
    expect(raw).toMatch(/^HTTP\/1\.1 401 /);
    for (const answer of [page, refused, raw]) {
      const [head = ''] = answer.split('\r\n\r\n', 1);
      expect(head).toMatch(/^content-security-policy: sandbox; default-src 'none'/im);
      expect(head).toMatch(/^x-content-type-options: nosniff/im);
      expect(head).toMatch(/^cache-control: no-store/im);
      expect(head).not.toMatch(/set-cookie|access-control|clear-site|service-worker|refresh|alt-svc|public/i);
    }
    expect(refused).toMatch(/^warning: 299 - "The token is not known\. Sign in/im);
    expect(raw).toMatch(/^warning: 299 - "/im);
  });

  it('warn before the end, and say by which limit', async () => {
    const soon = await portal.signIn({ username: 'alice' }, 4.9);
    const answer = await exchangeRaw(portal, requestText('GET', `${PREFIX}/api`, soon.token));
    expect(answer).toMatch(/^warning: 299 curfew "Your Kubernetes session ends in 4 min \(Maximum K8s/im);
    expect(await exchangeRaw(portal, requestText('GET', `${PREFIX}/api`, token))).not.toMatch(/^warning/im);
  });

  it('follow no redirect, and pass none that leads away', async () => {
    const location = { to: 'https://evil/' };
    upstream.answer = (_request, response) => response.writeHead(302, { Location: location.to }).end();
    const get = (target: string): Promise<string> => exchangeRaw(portal, requestText('GET', PREFIX + target, token));
    expect(await get('/api/v1/pods')).toMatch(/^HTTP\/1\.1 502 /);
    const app = '/api/v1/namespaces/dev/services/web/proxy/';
    expect(await get(app)).toMatch(/^HTTP\/1\.1 502 /);
    location.to = `${app}login`;
    const answer = await get(app);
    expect(answer).toMatch(/^HTTP\/1\.1 302 /);
    expect(answer).toMatch(new RegExp(`^location: ${PREFIX}${app}login\r$`, 'im'));
    expect(upstream.recorded).toHaveLength(3);
  });

  it('of 401 are about our own credential: tried again once, then said so', async () => {
    upstream.answer = (_request, response) => response.writeHead(401).end('{}');
    const answer = await exchangeRaw(portal, requestText('GET', `${PREFIX}/api/v1/pods`, token));
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toContain('The cluster refuses the credential');
    expect(upstream.recorded).toHaveLength(2);
    upstream.recorded.forEach(expectOneUser);
    await exchangeRaw(portal, requestText('DELETE', `${PREFIX}/api/v1/namespaces/dev/pods/web`, token));
    expect(upstream.recorded).toHaveLength(3);
  });
});

describe('tunnels', () => {
  const EXEC = `${PREFIX}/api/v1/namespaces/dev/pods/web/exec?command=id`;

  it.each([
    ['another key', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n'],
    ['another protocol', 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n'],
    ['no upgrade', 'Connection: close\r\n'],
    [
      'a protocol nobody offered',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: evil\r\n',
    ],
  ])('open only after a valid 101: %s', async (_what, headers) => {
    upstream.upgrade = (_request, socket) => {
      socket.end(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\nHELLO`);
    };
    const client = openRaw(portal, `${requestText('GET', EXEC, token, WEBSOCKET_HEADERS)}smuggled`);
    await client.done;
    expect(client.received()).toMatch(/^HTTP\/1\.1 502 /);
    expect(client.received()).not.toContain('HELLO');
  });

  it('by GET need the right to create (on 1.20 `get` would do)', async () => {
    upstream.allows = false;
    for (const headers of [WEBSOCKET_HEADERS, SPDY_HEADERS]) {
      const answer = await exchangeRaw(portal, requestText('GET', EXEC, token, headers));
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('cannot create resource');
    }
    expect(upstream.recorded.map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect(JSON.parse(upstream.recorded[0]?.body ?? '')).toMatchObject({
      spec: {
        resourceAttributes: { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'dev', name: 'web' },
      },
    });
  });

  it('are refused to read-only users in the same way, by WebSocket and SPDY', async () => {
    const reader = await portal.signIn({ username: 'reader', readOnly: true });
    for (const [method, headers] of [
      ['GET', WEBSOCKET_HEADERS],
      ['POST', SPDY_HEADERS],
      ['GET', SPDY_HEADERS],
    ] as const) {
      const answer = await exchangeRaw(portal, requestText(method, EXEC, reader.token, headers));
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('You are read-only in Curfew');
    }
    expect(upstream.recorded).toEqual([]);
  });

  it.each([
    ['POST', `${PREFIX}/api/v1/namespaces/dev/serviceaccounts/x/token`, SPDY_HEADERS],
    ['POST', `${PREFIX}/api/v1/namespaces/dev/secrets`, SPDY_HEADERS],
    ['POST', `${PREFIX}/apis/certificates.k8s.io/v1/certificatesigningrequests`, SPDY_HEADERS],
    ['PUT', `${PREFIX}/api/v1/namespaces/dev/pods/web`, SPDY_HEADERS],
    ['POST', EXEC, [...SPDY_HEADERS, 'Transfer-Encoding: chunked']],
    ['POST', EXEC, [...SPDY_HEADERS, 'Content-Length: 5']],
    ['POST', EXEC, ['Connection: Upgrade', 'Upgrade: h2c']],
    ['GET', `${PREFIX}/api`, ['Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']],
  ])('are no way around a look at the body: %s %s', async (method, target, headers) => {
    const answer = await exchangeRaw(portal, requestText(method, target, token, headers));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.recorded).toEqual([]);
  });

  it('show what the cluster says when it refuses', async () => {
    upstream.upgrade = (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nSet-Cookie: a=b\r\n\r\nno!\n');
    };
    const answer = await exchangeRaw(portal, requestText('POST', EXEC, token, SPDY_HEADERS));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toMatch(/no!\n$/);
    expect(answer).not.toMatch(/set-cookie/i);
  });
});
