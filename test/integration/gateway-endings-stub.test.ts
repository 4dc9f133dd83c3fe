import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { findKubectls, minorVersionOf } from '../support/kubectls.ts';
import { LATE_MS, WHY } from './endings-cluster.ts';
import { startClient, writeEndings } from './endings.ts';
import type { Client, Ending } from './endings.ts';
import { waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

// The protocols that Kubernetes 1.20 does not speak: `v5.channel.k8s.io`, and port-forward in a WebSocket. In place of an
// API server stands a STUB, which knows one pod and agrees to these protocols: real kubectls, no real cluster.

const PODS = '/api/v1/namespaces/dev/pods';
const ENVIRONMENT = { PATH: process.env['PATH'], HOME: tmpdir() };
const DISCOVERY: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'], shortNames: ['po'] },
      { name: 'pods/exec', singularName: '', namespaced: true, kind: 'PodExecOptions', verbs: ['create', 'get'] },
      {
        name: 'pods/portforward',
        singularName: '',
        namespaced: true,
        kind: 'PodPortForwardOptions',
        verbs: ['create'],
      },
    ],
  },
};
const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'web', namespace: 'dev' },
  spec: { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
};

function answerAsStub(request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = (request.url ?? '').split('?');
  const found = DISCOVERY[path] ?? (path === `${PODS}/web` ? POD : undefined);
  const body = found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' };
  response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const folder = mkdtempSync(join(tmpdir(), 'curfew-stub-'));
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
const endings: Ending[] = [];
let protocols: (string | undefined)[];

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal());
  upstream.answer = answerAsStub;
});
afterAll(async () => {
  writeEndings(endings);
  await stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  protocols = [];
});

function agree(request: IncomingMessage, socket: Duplex): void {
  protocols.push(request.headers['sec-websocket-protocol']);
  acceptUpgrade(request, socket);
}

function beginExec(request: IncomingMessage, socket: Duplex): void {
  agree(request, socket);
  socket.write(serverFrame('binary', Buffer.from('\u0001begun\n')));
}

/** Ends the session of a client that is under way. */
async function endIn(
  [name, operation]: readonly [string, string],
  client: Client,
  isUnderWay: () => boolean,
  expire: () => void,
) {
  await waitUntil(`it is under way: ${client.seen()}`, isUnderWay).finally(() => {
    if (!isUnderWay()) client.signal('SIGKILL');
  });
  const deadline = performance.now();
  expire();
  const { exit, at } = await client.ended;
  const ending = { client: name, operation, exit, seen: client.seen(), lateMs: at - deadline };
  endings.push(ending);
  return ending;
}

it('@kubernetes/client-node gets the reason over v5.channel.k8s.io', async () => {
  upstream.upgrade = beginExec;
  const { kubeconfig, session } = await portal.signIn({}, 60, 'https://curfew.example');
  const program = join(import.meta.dirname, '..', 'support', 'node-client.ts');
  const exec = startClient(process.execPath, [program, 'exec', kubeconfig, 'dev'], ENVIRONMENT);
  const ending = await endIn(
    ['@kubernetes/client-node', 'exec over `v5.channel.k8s.io`'],
    exec,
    () => exec.seen().includes('begun'),
    () => session.expire(),
  );
  expect(protocols[0]).toMatch(/^v5\.channel\.k8s\.io/);
  expect(ending).toMatchObject({ exit: 1, seen: expect.stringMatching(WHY) });
});

const kubectls = findKubectls(inject('kubectlPath')).map(({ path }) => ({ path, minor: minorVersionOf(path) }));

describe.each(kubectls.filter(({ minor }) => minor >= 30))(
  'kubectl 1.$minor ($path), before a stub',
  ({ path, minor }) => {
    it('an exec over v5.channel.k8s.io is cut with the reason', async () => {
      upstream.upgrade = beginExec;
      const { kubeconfig, session } = await portal.signIn({}, 60, 'https://curfew.example');
      const args = [
        '--kubeconfig',
        kubeconfig,
        '--cache-dir',
        folder,
        '--namespace=dev',
        'exec',
        '-i',
        'web',
        '--',
        'cat',
      ];
      const exec = startClient(path, args, ENVIRONMENT);
      const ending = await endIn(
        [`kubectl 1.${minor}`, '`exec -i` over `v5.channel.k8s.io`'],
        exec,
        () => exec.seen().includes('begun'),
        () => session.expire(),
      );
      expect(protocols[0]).toMatch(/^v5\.channel\.k8s\.io/);
      expect(ending).toMatchObject({ exit: 1, seen: expect.stringMatching(WHY) });
      expect(ending.lateMs).toBeLessThan(LATE_MS);
    });
  },
);

describe.each(kubectls.filter(({ minor }) => minor >= 31))(
  'kubectl 1.$minor ($path), before the same stub',
  ({ path, minor }) => {
    it('a port-forward in a WebSocket is cut, and ends', async () => {
      upstream.upgrade = agree;
      const { kubeconfig, session } = await portal.signIn({}, 60, 'https://curfew.example');
      const args = [
        '--kubeconfig',
        kubeconfig,
        '--cache-dir',
        folder,
        '--namespace=dev',
        'port-forward',
        'pod/web',
        ':8080',
      ];
      const forward = startClient(path, args, ENVIRONMENT);
      const ending = await endIn(
        [`kubectl 1.${minor}`, '`port-forward` in a WebSocket'],
        forward,
        () => forward.seen().includes('Forwarding'),
        () => session.expire(),
      );
      expect(protocols[0]).toMatch(/^SPDY\/3\.1\+portforward\.k8s\.io/);
      expect(ending).toMatchObject({ exit: 1, seen: expect.stringMatching(/lost connection to pod/) });
      expect(ending.lateMs).toBeLessThan(LATE_MS);
    });
  },
);
