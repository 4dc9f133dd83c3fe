import { request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { startRecordingUpstream } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

// Every credential that Curfew gives out, tried at every kind of endpoint: before the end, and in the millisecond of it.

const PODS = '/k8s/clusters/recording/api/v1/namespaces/dev/pods';
const WEBSOCKET = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const CHANNELS = { ...WEBSOCKET, 'sec-websocket-protocol': 'v4.channel.k8s.io' };
const SPDY = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

interface Endpoint {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

const API: readonly Endpoint[] = [
  { what: 'the API', method: 'GET', path: '/api/clusters', headers: {} },
  { what: 'a change over the API', method: 'POST', path: '/api/session/activity', headers: {} },
  { what: 'the check', method: 'GET', path: '/api/session/check', headers: {} },
  { what: 'the events of a page', method: 'GET', path: '/api/session/events', headers: {} },
];
/** The plugin's is refused to API tokens, the terminal's websocket to all but cookies. */
const CREDENTIAL: Endpoint = {
  what: 'another credential',
  method: 'POST',
  path: '/api/clusters/recording/credential',
  headers: {},
};
const TERMINAL: Endpoint = {
  what: 'a terminal',
  method: 'GET',
  path: '/api/shells/sh-none/terminal',
  headers: WEBSOCKET,
};
const GATEWAY: readonly Endpoint[] = [
  { what: 'a list', method: 'GET', path: PODS, headers: {} },
  { what: 'discovery', method: 'GET', path: '/k8s/clusters/recording/apis', headers: {} },
  { what: 'a change in the cluster', method: 'DELETE', path: `${PODS}/web`, headers: {} },
  { what: 'a watch', method: 'GET', path: `${PODS}?watch=true`, headers: {} },
  { what: 'a log', method: 'GET', path: `${PODS}/web/log?follow=true`, headers: {} },
  { what: 'an exec over WebSocket', method: 'GET', path: `${PODS}/web/exec?command=sh`, headers: CHANNELS },
  { what: 'an exec over SPDY', method: 'POST', path: `${PODS}/web/exec?command=sh`, headers: SPDY },
  { what: 'an attach', method: 'POST', path: `${PODS}/web/attach`, headers: SPDY },
  { what: 'a port-forward', method: 'POST', path: `${PODS}/web/portforward`, headers: SPDY },
  { what: 'a port-forward over WebSocket', method: 'GET', path: `${PODS}/web/portforward?ports=80`, headers: CHANNELS },
];
const ALL = [...API, CREDENTIAL, TERMINAL, ...GATEWAY];

/** The status of an answer, however long that goes on, and its beginning. */
function ask(
  portal: TestPortal,
  { method, path, headers }: Endpoint,
  credential: Record<string, string>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(portal.url + path, { method, headers: { ...headers, ...credential } });
    asking.once('upgrade', (answer, socket) => {
      socket.on('error', () => undefined).destroy();
      resolve({ status: answer.statusCode ?? 0, text: '' });
    });
    asking.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('error', () => undefined).once('close', () => resolve({ status, text }));
      if (status < 400) answer.destroy();
    });
    asking.once('error', reject);
    asking.end();
  });
}

let folder: string;
let upstream: RecordingUpstream;
let test: TestPortal;
let credentials: Record<'cookie' | 'bearer' | 'api' | 'kubeconfig' | 'plugin', Record<string, string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-after-end-'));
  upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  test = await startTestPortal({ kubeconfig: upstream.kubeconfig });
  const ada = await test.administrator();
  for (const key of ['AuthorizationTokenInactivityTimeout', 'K8sSessionInactivityTimeout']) {
    expect((await ada.send('PUT', `/api/system-config/${key}`, { type: 'AppConfig', value: '0' })).status).toBe(200);
  }
  // What is in force when a session starts binds it.
  await test.clock.advance(1);
  await ada.signIn('ada');
  credentials = await collect(ada);
});
afterAll(async () => {
  await test.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true });
});

const bearer = (token: unknown): Record<string, string> => ({ authorization: `Bearer ${String(token)}` });

async function collect(ada: TestBrowser): Promise<typeof credentials> {
  const page = { origin: test.url, 'sec-fetch-site': 'same-origin', 'curfew-request': '1' };
  const laptop = await ada.send('POST', '/api/session', { username: 'ada', password: PASSWORD, bearer: true });
  const login = bearer(laptop.body.token);
  const api = await ada.send('POST', '/api/session/api-token');
  const downloaded = await ada.send('POST', '/api/clusters/recording/kubeconfig');
  const traded = await test.browser().send('POST', '/api/clusters/recording/credential', {}, login);
  const [, token] = /token: "?([^"\s]+)/.exec(downloaded.body.kubeconfig) ?? [];
  return {
    cookie: { ...page, cookie: ada.cookieHeader },
    bearer: login,
    api: bearer(api.body.token),
    kubeconfig: bearer(token),
    plugin: bearer(traded.body.token),
  };
}

/** Which endpoints a credential opens, of all. */
async function opened(name: keyof typeof credentials): Promise<string[]> {
  const open: string[] = [];
  for (const endpoint of ALL) {
    const { status } = await ask(test, endpoint, credentials[name]);
    if (status !== 401 && status !== 403) open.push(endpoint.what);
  }
  return open;
}

const names = (endpoints: readonly Endpoint[]): string[] => endpoints.map(({ what }) => what);

it('each credential opens what it is for, and nothing else', async () => {
  expect(await opened('cookie')).toEqual(names(ALL));
  expect(await opened('bearer')).toEqual(names([...API, CREDENTIAL]));
  expect(await opened('api')).toEqual(names(API));
  expect(await opened('kubeconfig')).toEqual(names(GATEWAY));
  expect(await opened('plugin')).toEqual(names(GATEWAY));
});

describe('once the Kubernetes sessions have ended', () => {
  beforeAll(async () => {
    await test.clock.advance(60 * MINUTE_MS - 1);
    expect(await ask(test, GATEWAY[0] as Endpoint, credentials.plugin)).toMatchObject({ status: 200 });
    await test.clock.advance(1);
    upstream.recorded.length = 0;
  });

  it.each(['kubeconfig', 'plugin', 'cookie'] as const)('%s opens nothing at the gateway', async (name) => {
    for (const endpoint of GATEWAY) {
      const { status, text } = await ask(test, endpoint, credentials[name]);
      expect({ ...endpoint, status }).toMatchObject({ status: 401 });
      expect(text).toMatch(/Your Kubernetes session ended at .*: Maximum K8s Session Duration is 60 minutes\. Sign in/);
    }
    expect(upstream.recorded).toEqual([]);
  });

  it('each is told how to go on', async () => {
    const said = async (name: keyof typeof credentials) =>
      (await ask(test, GATEWAY[0] as Endpoint, credentials[name])).text;
    expect(await said('plugin')).toContain(`Sign in again with: curfew login --server ${test.url}"`);
    expect(await said('kubeconfig')).toContain('Sign in to Curfew again, then download a new kubeconfig."');
    expect(await said('cookie')).toContain('Sign in to Curfew again."');
  });

  it('no other credential is to be had, and the portal session goes on', async () => {
    expect((await ask(test, CREDENTIAL, credentials.bearer)).text).toContain('reauthentication-required');
    expect(await opened('api')).toEqual(names(API));
  });
});

describe('once the portal sessions have ended', () => {
  beforeAll(async () => {
    await test.clock.advance(420 * MINUTE_MS);
    upstream.recorded.length = 0;
  });

  it.each(['cookie', 'bearer', 'api', 'kubeconfig', 'plugin'] as const)('%s opens nothing', async (name) => {
    expect(await opened(name)).toEqual([]);
    expect(upstream.recorded).toEqual([]);
  });
});
