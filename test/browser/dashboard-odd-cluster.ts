import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { startRecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import type { RecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Record<string, unknown>;
  readonly [key: string]: unknown;
}

/** An answer of its own in place of the usual one. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A portal, a browser that is signed in to it, and an API server without one object that answers as a test says. */
export interface OddCluster {
  readonly upstream: RecordingUpstream;
  readonly page: Page;
  /** What it has. */
  objects: readonly StoredObject[];
  /** Asked before each answer; true where it answered. */
  instead: Instead;
  /** The watches that are open, the newest last. */
  readonly watches: ServerResponse[];
  open(search: Record<string, string>): Promise<void>;
  /** In every look: no flaw, and nothing that went wrong until then. */
  looksWell(): Promise<void>;
  stop(): Promise<void>;
}

const VERBS = ['list', 'watch', 'get', 'create', 'update', 'patch', 'delete'];
const KINDS: Record<string, readonly (readonly [plural: string, kind: string, namespaced: boolean])[]> = {
  '/api/v1': [
    ['pods', 'Pod', true],
    ['configmaps', 'ConfigMap', true],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', true],
    ['namespaces', 'Namespace', false],
  ],
  '/apis/apps/v1': [['deployments', 'Deployment', true]],
  '/apis/example.com/v1': [['widgets', 'Widget', true]],
  '/apis/rbac.authorization.k8s.io/v1': [['clusterroles', 'ClusterRole', false]],
};
const GROUPS = Object.keys(KINDS).flatMap((path) => {
  const [, , name = '', version = ''] = path.split('/');
  const only = { groupVersion: `${name}/${version}`, version };
  return path.startsWith('/apis/') ? [{ name, versions: [only], preferredVersion: only }] : [];
});
export const RIGHTS = { status: { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] } };
const COLUMNS = ['Name', 'Ready', 'Age'].map((name) => ({ name }));

export function rowOf({ metadata }: StoredObject): object {
  return { cells: [metadata.name, '1/1', '5m'], object: { metadata } };
}

/** As the API server stores it. */
export function stored(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}) {
  const { metadata = {}, ...rest } = more;
  const isCluster = kind === 'ClusterRole' || kind === 'Namespace';
  return {
    ...{ apiVersion, kind },
    metadata: {
      ...{ name, uid: name, resourceVersion: '5', creationTimestamp: '2026-01-01T00:00:00Z' },
      ...(!isCluster && { namespace: 'dev' }),
      ...(metadata as object),
    },
    ...rest,
  } satisfies StoredObject;
}

export function send(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

/** A refusal as Kubernetes words it. */
export function refuse(response: ServerResponse, code: number, message: string): true {
  return send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });
}

export async function startOddCluster(): Promise<OddCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-odd-'));
  const upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  const test: TestPortal = await startTestPortal({ kubeconfig: upstream.kubeconfig });
  const ada = await test.administrator();
  const isReady = async () => (await ada.get('/api/clusters')).body.items[0].state === 'ready';
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 200 });
  const chromium: Browser = await launchChromium();
  const context = await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    // What the browser itself says of answers that are no success is no flaw of the page.
    const isOfNetwork = /^Failed to load resource|^WebSocket connection to/.test(message.text());
    if (message.type() === 'error' && !isOfNetwork) wrong.push(message.text());
  });
  await signIn(page, 'ada');
  await page.getByRole('link', { name: /^Dashboard/ }).waitFor();

  const cluster: OddCluster = {
    ...{ upstream, page, objects: [], instead: () => false, watches: [] },
    async open(search) {
      await page.goto(`/clusters/recording/dashboard?${new URLSearchParams(search).toString()}`);
    },
    async looksWell() {
      expect([...(await flawsInEveryLook(page)), ...wrong]).toEqual([]);
      await page.setViewportSize({ width: 1440, height: HEIGHT });
    },
    async stop() {
      await chromium.close();
      await test.stop();
      await upstream.stop();
      rmSync(folder, { recursive: true });
    },
  };
  upstream.answer = (request, response) => {
    if (!cluster.instead(request, response)) answer(cluster, request, response);
  };
  return cluster;
}

function answer({ objects, watches }: OddCluster, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
  if (pathname === '/apis') return void send(response, 200, { groups: GROUPS });
  if (pathname.endsWith('/selfsubjectrulesreviews')) return void send(response, 201, RIGHTS);
  const kinds = KINDS[pathname];
  if (kinds !== undefined) {
    const resources = kinds.map(([name, kind, namespaced]) => ({ name, kind, namespaced, verbs: VERBS }));
    return void send(response, 200, { resources });
  }
  if (searchParams.get('watch') === '1') {
    watches.push(response.writeHead(200, { 'content-type': 'application/json' }));
    return response.flushHeaders();
  }
  const [, apiVersion = '', plural, name] =
    /^\/apis?\/(.*?v1)(?:\/namespaces\/dev)?\/(\w+)(?:\/(.+))?$/.exec(pathname) ?? [];
  const [, kind] =
    Object.values(KINDS)
      .flat()
      .find(([each]) => each === plural) ?? [];
  const only = name === undefined ? searchParams.get('fieldSelector')?.replace('metadata.name=', '') : decodeURI(name);
  const found = objects.filter(
    (each) =>
      each.apiVersion === apiVersion && each.kind === kind && (only === undefined || each.metadata.name === only),
  );
  if (name === undefined && plural === 'events') return void send(response, 200, { items: [] });
  if (name === undefined)
    return void send(response, 200, {
      ...{ metadata: { resourceVersion: '5' }, columnDefinitions: COLUMNS },
      rows: found.map(rowOf),
    });
  const [object] = found;
  if (object === undefined) refuse(response, 404, `${plural} "${name}" not found`);
  else send(response, 200, object);
}
