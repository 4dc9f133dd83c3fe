import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
let administrator: TestBrowser;

beforeAll(async () => {
  test = await startTestPortal();
  administrator = await test.administrator();
});
afterAll(() => test.stop());

/** Sends a request as it stands, and reads until the connection closes. */
async function exchange(head: string): Promise<string> {
  const { port } = new URL(test.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.write(`${head}\r\n`);
  return text(socket);
}

describe('two Host headers', () => {
  const foreign = 'Host: attacker.example\r\n';
  it.each([
    ['the portal', '/api/session', ''],
    ['a probe', '/healthz', ''],
    ['the gateway', '/k8s/clusters/x/version', ''],
    ['a websocket', '/api/shells/x/terminal', 'Upgrade: websocket\r\n'],
    ['a tunnel', '/k8s/clusters/x/api/v1/namespaces/a/pods/b/exec', 'Upgrade: websocket\r\n'],
  ])('are refused for %s, whichever comes first', async (_what, path, upgrade) => {
    const connection = upgrade === '' ? 'close' : 'Upgrade';
    const own = `Host: ${new URL(test.url).host}\r\n`;
    for (const hosts of [own + foreign, foreign + own, own + own]) {
      const answer = await exchange(`GET ${path} HTTP/1.1\r\n${hosts}Connection: ${connection}\r\n${upgrade}`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"invalid-request"');
    }
  });
});

describe('a NUL', () => {
  it.each(['audit', 'sessions', 'users', 'system-config', 'system-config/history'])(
    'in a search of %s is no valid request',
    async (list) => {
      const { status, body } = await administrator.get(`/api/${list}?search=a%00b`);
      expect([status, body.code, body.field]).toEqual([400, 'invalid-request', 'search']);
    },
  );

  it.each([
    ['PATCH', '/api/users/a%00b'],
    ['DELETE', '/api/sessions/a%00b'],
    ['PUT', '/api/clusters/x/grants/user/a%00b'],
    ['DELETE', '/api/system-config/a%00b'],
  ])('in a path names nothing: %s %s', async (method, path) => {
    expect((await administrator.send(method, path, {})).status).toBeLessThan(500);
  });
});

describe('a URL', () => {
  it.each(['/api/users/%ff', '/%ff', '/api/%E0%A4%A/x'])('that is no UTF-8 is a problem: %s', async (path) => {
    const { status, headers, body } = await administrator.get(path);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect([status, body.code, body.status]).toEqual([400, 'invalid-request', 400]);
    expect(body.detail).not.toContain('%');
  });

  it('with too long a part is a problem', async () => {
    const { status, headers } = await administrator.send('PATCH', `/api/users/${'a'.repeat(500)}`, {});
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(status).toBeLessThan(500);
  });
});

describe('a method that a path does not have', () => {
  it.each([
    ['PUT', '/api/session', 'DELETE, GET, HEAD, POST'],
    ['DELETE', '/api/users', 'GET, HEAD, POST'],
    ['GET', '/api/users/somebody', 'DELETE, PATCH'],
    ['OPTIONS', '/api/clusters/x/grants/user/y', 'DELETE, PUT'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('is answered with those that it has: %s %s', async (method, path, allowed) => {
    const { status, headers, body } = await administrator.send(method, path);
    expect([status, headers.get('allow'), body.code]).toEqual([405, allowed, 'method-not-allowed']);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it('is none where there is no such path', async () => {
    for (const path of ['/api/nothing', '/api/users/a/b', '/api/'])
      expect((await administrator.send('POST', path)).body).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('a body that is no JSON', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'is of no use: %s',
    async (type) => {
      const headers = { 'content-type': type };
      const { status, body } = await administrator.send('POST', '/api/session', { username: 'ada' }, headers);
      expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
      expect(body.detail).toContain('JSON');
    },
  );
});

it('a host that is not ours is a problem, also for an upgrade', async () => {
  for (const upgrade of ['Connection: close\r\n', 'Connection: Upgrade\r\nUpgrade: websocket\r\n']) {
    const answer = await exchange(`GET /api/shells/x/terminal HTTP/1.1\r\nHost: attacker.example\r\n${upgrade}`);
    expect(answer).toMatch(/^HTTP\/1\.1 421 [^]*content-type: application\/problem\+json[^]*"code":"wrong-host"/i);
  }
});
