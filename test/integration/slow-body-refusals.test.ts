import { request } from 'node:http';
import type { ClientRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

/** What strangers may call: there is no session whose end could matter. */
const PUBLIC = new Set([
  'post /api/setup',
  'post /api/session',
  'post /api/login-requests',
  'post /api/login-requests/token',
]);

let test: TestPortal;
let writes: { method: string; path: string }[];

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  const { body } = await (await test.administrator()).get('/api/openapi.json');
  writes = Object.entries<Record<string, unknown>>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get' && !PUBLIC.has(`${method} ${path}`))
      .map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{[^}]+\}/g, 'x') })),
  );
});
afterAll(() => test.stop());

/** Sends the head and half of a body, and waits until that has been let in. */
async function begin(
  browser: TestBrowser,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<ClientRequest> {
  const started = request(`${test.url}${path}`, {
    method,
    headers: {
      cookie: browser.cookieHeader,
      origin: test.url,
      'sec-fetch-site': 'same-origin',
      'curfew-request': '1',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
      ...headers,
    },
  });
  started.flushHeaders();
  await new Promise((resolve) => started.once('continue', resolve));
  started.write(body.slice(0, 1));
  // Two turns of the portal's event loop: the request has been authenticated by then.
  await browser.get('/healthz');
  return started;
}

function finish(started: ClientRequest, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    started.once('error', reject);
    started.once('response', (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${JSON.parse(text || '{}').code}`));
    });
    started.end(body.slice(1));
  });
}

describe('a body that takes its time', () => {
  it('does nothing any more once its session was ended, at every endpoint that writes', async () => {
    const browser = await test.administrator();
    const begun = [];
    for (const { method, path } of writes) begun.push(await begin(browser, method, path, '{}'));
    const ended = await test.administrator();
    await ended.send('POST', '/api/sessions/end-others');
    const answers = await Promise.all(begun.map((each) => finish(each, '{}')));
    expect(answers).toHaveLength(writes.length);
    expect(writes.length).toBeGreaterThan(12);
    expect(new Set(answers)).toEqual(new Set(['401 session-ended']));
  });

  it('makes no administrator for an administrator who was disabled meanwhile', async () => {
    const ada = await test.administrator();
    const eve = await test.user('eve', { role: 'Administrator' });
    const body = JSON.stringify({
      username: 'mallory',
      password: 'correct horse battery',
      role: 'Administrator',
      readOnly: false,
    });
    const begun = await begin(eve, 'POST', '/api/users', body);
    await ada.send('PATCH', '/api/users/eve', { disabled: true });
    expect(await finish(begun, body)).toBe('401 session-ended');
    expect((await ada.get('/api/users?search=mallory')).body.total).toBe(0);
  });

  it('changes no setting after the deadline', async () => {
    const ada = await test.administrator();
    const body = JSON.stringify({ type: 'AppConfig', value: '43200' });
    await test.clock.advance(60 * MINUTE_MS - 5000);
    // No activity of hers: the session stays five seconds from its deadline.
    const headers = { 'curfew-activity': 'none' };
    const path = '/api/system-config/AuthorizationTokenSessionDuration';
    const begun = await begin(ada, 'PUT', path, body, headers);
    await test.clock.advance(6000);
    expect(await finish(begun, body)).toBe('401 session-ended');
    const again = await test.administrator();
    expect((await again.get('/api/system-config')).body.total).toBe(0);
  });

  it('needs a sign-in that is recent when it is complete, not when it began', async () => {
    const ada = await test.administrator();
    const body = JSON.stringify({ username: 'late', password: 'correct horse battery', role: 'User', readOnly: false });
    await test.clock.advance(10 * MINUTE_MS - 5000);
    const begun = await begin(ada, 'POST', '/api/users', body);
    await test.clock.advance(6000);
    expect(await finish(begun, body)).toBe('403 recent-authentication-required');
  });
});
