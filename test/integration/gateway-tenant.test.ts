import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PortalError } from '../../src/core/portal-error.ts';
import type { Tenant, TenantEntry } from '../../src/core/tenant.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { waitUntil } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const PREFIX = '/k8s/clusters/recording';
const ID = '5f3c9b7e-0000-4000-8000-000000000001';
const TENANT: Tenant = {
  id: ID,
  name: 'shop',
  clusterId: 'recording',
  namespace: 'dev',
  bindings: 'own',
  createdAt: 0,
};
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;
let token: string;
let tenant: Tenant | undefined;
let entry: TenantEntry;
const refusals: { message: string; username: string | undefined }[] = [];

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal({
    tenantOf: (id) => (id === tenant?.id ? tenant : undefined),
    entryOf: () => entry,
    onRefused: ({ message }: PortalError, session) => refusals.push({ message, username: session?.user.username }),
  }));
  ({ token } = await portal.signIn({ username: 'alice', role: 'Administrator' }, 60, undefined, TENANT));
});
afterAll(() => stop());
beforeEach(() => {
  tenant = TENANT;
  entry = 'full';
  upstream.recorded.length = 0;
  refusals.length = 0;
});

const ask = (method: string, target: string, headers: readonly string[] = ['Connection: close']): Promise<string> =>
  exchangeRaw(portal, requestText(method, PREFIX + target, token, headers));

function groupsOf(index: number): string[] {
  const { rawHeaders = [] } = upstream.recorded[index] ?? {};
  return rawHeaders.filter((_, at) => rawHeaders[at - 1]?.toLowerCase() === 'impersonate-group');
}

describe('a session in a tenant', () => {
  it('acts in the group of its tenant alone, an administrator too', async () => {
    expect(await ask('GET', '/api/v1/namespaces/dev/pods')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toMatch(/^HTTP\/1\.1 201 /);
    expect(upstream.recorded).toHaveLength(2);
    expect([groupsOf(0), groupsOf(1)]).toEqual([[`curfew:tenant:${ID}`], [`curfew:tenant:${ID}`]]);
  });

  it('opens tunnels in its namespace, and asks in the same group whether it may', async () => {
    const target = `${PREFIX}/api/v1/namespaces/dev/pods/web/exec?command=id`;
    const client = openRaw(portal, requestText('GET', target, token, WEBSOCKET_HEADERS));
    await waitUntil('the tunnel', () => client.received().startsWith('HTTP/1.1 101 '));
    client.socket.destroy();
    expect(upstream.recorded).toHaveLength(2);
    expect([groupsOf(0), groupsOf(1)]).toEqual([[`curfew:tenant:${ID}`], [`curfew:tenant:${ID}`]]);
  });

  it.each<[string, string]>([
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/pods?watch=true'],
    ['GET', '/api/v1/watch/pods'],
    ['GET', '/api/v1/nodes'],
    ['GET', '/api/v1/nodes/n/proxy/exec/dev/web/web'],
    ['GET', '/api/v1/namespaces'],
    ['DELETE', '/api/v1/namespaces/dev'],
    ['PUT', '/api/v1/namespaces/dev/finalize'],
    ['PATCH', '/api/v1/namespaces/dev/status'],
    ['GET', '/api/v1/namespaces/kube-system/pods'],
    ['GET', '/api/v1/watch/namespaces/kube-system/secrets'],
    ['GET', '/api/v1/namespaces/kube-system/pods/web/log?follow=true'],
    ['POST', '/api/v1/namespaces/kube-system/pods/web/exec?command=id'],
    ['GET', '/api/v1/namespaces/kube-system/pods/web/attach'],
    ['POST', '/api/v1/namespaces/kube-system/pods/web/portforward?ports=80'],
    ['GET', '/api/v1/namespaces/kube-system/services/web/proxy/api/v1/namespaces/dev/pods'],
    ['POST', '/api/v1/namespaces/kube-system/serviceaccounts/default/token'],
    ['GET', '/metrics'],
  ])('reaches nothing else, upgraded or not: %s %s', async (method, target) => {
    for (const headers of [['Connection: close'], WEBSOCKET_HEADERS, SPDY_HEADERS]) {
      const answer = await ask(method, target, headers);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('"kind":"Status"');
      expect(answer).toContain('You are in the tenant shop here, whose namespace is dev');
    }
    expect(upstream.recorded).toEqual([]);
    expect(refusals).toHaveLength(3);
    expect(refusals.every(({ username }) => username === 'alice')).toBe(true);
  });

  it.each<[string, Tenant | undefined, TenantEntry]>([
    ['gone', undefined, 'full'],
    ['closed to the user', TENANT, 'none'],
    ['in another cluster', { ...TENANT, clusterId: 'other' }, 'full'],
  ])('is refused everything once the tenant is %s', async (_what, isNow, entryNow) => {
    tenant = isNow;
    entry = entryNow;
    for (const target of ['/api', '/version', '/api/v1/namespaces/dev', '/api/v1/namespaces/dev/pods']) {
      expect(await ask('GET', target)).toMatch(/^HTTP\/1\.1 403 [^]*The tenant of this session is gone/);
    }
    expect(await ask('GET', '/api/v1/namespaces/dev/pods/web/exec', WEBSOCKET_HEADERS)).toMatch(/^HTTP\/1\.1 403 /);
    expect(upstream.recorded).toEqual([]);
  });

  it('with a read-only entry reads, in a group of its own', async () => {
    entry = 'read-only';
    expect(await ask('GET', '/api/v1/namespaces/dev/pods')).toMatch(/^HTTP\/1\.1 200 /);
    expect(groupsOf(0)).toEqual([`curfew:tenant-read-only:${ID}`]);
    for (const [method, target] of [
      ['POST', '/api/v1/namespaces/dev/pods'],
      ['DELETE', '/api/v1/namespaces/dev/pods/web'],
      ['GET', '/api/v1/namespaces/dev/secrets'],
      ['POST', '/api/v1/namespaces/dev/pods/web/exec?command=id'],
    ] as const) {
      expect(await ask(method, target)).toMatch(/^HTTP\/1\.1 403 [^]*You are read-only in the tenant shop/);
    }
    expect(await ask('GET', '/api/v1/namespaces/dev/pods/web/exec', WEBSOCKET_HEADERS)).toMatch(/^HTTP\/1\.1 403 /);
    expect(upstream.recorded).toHaveLength(1);
  });
});

it('a session of the whole cluster is held to no tenant', async () => {
  const whole = await portal.signIn({ username: 'bob' });
  const text = requestText('GET', `${PREFIX}/api/v1/nodes`, whole.token);
  expect(await exchangeRaw(portal, text)).toMatch(/^HTTP\/1\.1 200 /);
  expect(groupsOf(0)).toEqual(['curfew:users']);
});
