import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import type { ClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { createGateway } from '../../src/kubernetes/gateway/gateway.ts';
import { GATEWAY_LIMITS } from '../../src/kubernetes/gateway/ports.ts';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { waitUntil } from './gateway-portal.ts';
import { WEBSOCKET_HEADERS } from './gateway-raw-client.ts';
import { startRecordingUpstream } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

/* The gateway as a shell has it: raw API paths over a Unix socket that is the session, with no credential at all. */

const folder = mkdtempSync(join(tmpdir(), 'curfew-relay-'));
const path = join(folder, 'socket');
let upstream: RecordingUpstream;
let directory: ClusterDirectory;
let session: TestSession;
let server: Server;

beforeAll(async () => {
  upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  const clock = createSystemClock();
  const log = pino({ level: 'silent' });
  directory = createClusterDirectory(loadKubeconfig([upstream.kubeconfig]), { clock, log });
  const gateway = createGateway({
    authenticate: () => {
      throw new Error('A relay authenticates nobody.');
    },
    findCluster: (id) => directory.find(id),
    tenantOf: () => undefined,
    entryOf: () => 'none',
    shellNamespace: null,
    admitStream: () => undefined,
    warningMinutes: () => 5,
    onWarned: () => undefined,
    clock,
    log,
    onCut: () => undefined,
    onExecCut: () => undefined,
    onRefused: () => undefined,
    onCredentialRequest: () => undefined,
    onSecretsShown: () => Promise.resolve(),
    limits: GATEWAY_LIMITS,
  });
  session = createTestSession({ clock, clusterId: 'recording' });
  const relay = gateway.forSession(session);
  server = createServer((request, response) => {
    relay.handleRequest(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    relay.handleUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterAll(async () => {
  session.revoke();
  server.closeAllConnections();
  server.close();
  await directory.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  upstream.recorded.length = 0;
});

function open(text: string): { received: () => string; done: Promise<void> } {
  const socket = connect(path);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
  socket.on('error', () => {
    // A cut may look like an error, which is what is tested.
  });
  socket.write(text);
  return { received: () => received, done: new Promise((resolve) => socket.once('close', () => resolve())) };
}

const text = (method: string, target: string, headers: readonly string[]): string =>
  `${[`${method} ${target} HTTP/1.1`, 'Host: relay', ...headers].join('\r\n')}\r\n\r\n`;

describe('the relay of a shell', () => {
  it('acts for its session’s user, whatever else is said', async () => {
    const claims = ['Connection: close', 'Authorization: Bearer other', 'X-Remote-User: root'];
    const client = open(text('GET', '/api/v1/pods?limit=1', claims));
    await client.done;
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.recorded.map(({ target }) => target)).toEqual(['/api/v1/pods?limit=1']);
    expect(upstream.recorded[0]?.rawHeaders).toEqual(expect.arrayContaining(['impersonate-user', 'curfew:alice']));
    expect(JSON.stringify(upstream.recorded)).not.toMatch(/other|root/);
  });

  it('leads to no other cluster, and refuses as the gateway does', async () => {
    for (const [target, code] of [
      ['/k8s/clusters/recording/api', 200],
      ['/api/v1/namespaces/dev/../x/pods', 400],
      ['http://127.0.0.1/api', 400],
    ] as const) {
      const client = open(text('GET', target, ['Connection: close']));
      await client.done;
      expect(client.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    }
    // The portal's own path is just a path that the cluster does not have.
    expect(upstream.recorded.map(({ target }) => target)).toEqual(['/k8s/clusters/recording/api']);
    const forged = open(text('GET', '/api', ['Connection: close', 'Impersonate-User: root']));
    await forged.done;
    expect(forged.received()).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('ends with the session, streams included, and stays closed', async () => {
    const exec = '/api/v1/namespaces/dev/pods/web/exec?command=sh';
    const tunnel = open(text('GET', exec, WEBSOCKET_HEADERS));
    await waitUntil('the tunnel', () => tunnel.received().startsWith('HTTP/1.1 101'));
    session.revoke();
    await tunnel.done;
    expect(tunnel.received()).toMatch(/Your Kubernetes session ended at .*: it was ended by a person\./);
    const after = open(text('GET', '/api', ['Connection: close']));
    await after.done;
    expect(after.received()).toMatch(/^HTTP\/1\.1 401 /);
    const again = open(text('POST', exec, WEBSOCKET_HEADERS));
    await again.done;
    expect(again.received()).toMatch(/^HTTP\/1\.1 401 /);
  });
});
