import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortalError } from '../../core/portal-error.ts';
import type { Tenant, TenantEntry } from '../../core/tenant.ts';
import { parseApiRequest } from './api-request.ts';
import { splitTarget } from './request-target.ts';
import { checkTenant, enterTenant } from './tenant-check.ts';

const ID = '5f3c9b7e-0000-4000-8000-000000000001';
const TENANT: Tenant = { id: ID, name: 'shop', clusterId: 'c', namespace: 'dev', bindings: 'own', createdAt: 0 };
const USER = { id: 'u', username: 'ada', role: 'User', readOnly: false, disabledAt: null, createdAt: 0 } as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @returns what is said, or null where it is allowed */
function refusalOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof PortalError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const refused = (method: string, target: string, upgrade = false): string | null =>
  refusalOf(() => checkTenant(parseApiRequest(method, splitTarget(target)), upgrade, TENANT));

describe('checkTenant', () => {
  it.each([
    ...['pods', 'pods?watch=true', 'pods/web', 'pods/web/log?follow=true', 'serviceaccounts', 'secrets/db', 'events'],
    ...['pods/web/exec', 'pods/web/attach', 'pods/web/portforward', 'pods/web/proxy/a/b', 'services/web/proxy/'],
    ...['serviceaccounts/default/token', 'pods/web/ephemeralcontainers'],
  ])('allows everything in the namespace, upgraded or not: %s', (what) => {
    for (const method of METHODS) {
      for (const upgrade of [false, true]) {
        expect(refused(method, `/api/v1/namespaces/dev/${what}`, upgrade)).toBeNull();
      }
    }
    expect(refused('GET', `/api/v1/watch/namespaces/dev/${what.split('?')[0]}`)).toBeNull();
    expect(refused('GET', `/apis/apps/v1/namespaces/dev/${what}`)).toBeNull();
  });

  it.each([
    ...['/api', '/api/', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/apis/metrics.k8s.io/v1beta1/'],
    ...['/version', '/openapi/v2', '/openapi/v3', '/openapi/v3/apis/apps/v1?hash=A', '/healthz', '/livez', '/readyz'],
    ...['/readyz/etcd', '/api/v1/namespaces/dev'],
  ])('lets everybody read what is everybody’s: %s', (target) => {
    expect(METHODS.filter((method) => refused(method, target) === null)).toEqual(['GET', 'HEAD']);
    expect(METHODS.filter((method) => refused(method, target, true) === null)).toEqual([]);
  });

  it.each([
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  ])('lets everybody ask about himself: %s', (target) => {
    expect(METHODS.filter((method) => refused(method, target) === null)).toEqual(['POST']);
    expect(refused('POST', target, true)).not.toBeNull();
    expect(refused('POST', target.replace('/v1/', '/v1/namespaces/kube-system/'))).not.toBeNull();
  });

  it.each([
    ...['/api/v1/pods', '/api/v1/pods?fieldSelector=metadata.namespace%3Ddev', '/api/v1/pods?watch=true'],
    ...['/api/v1/watch/pods', '/api/v1/namespaces', '/api/v1/namespaces?fieldSelector=metadata.name%3Ddev'],
    ...['/api/v1/namespaces/dev/status', '/api/v1/namespaces/dev/finalize', '/api/v1/namespaces/dev/namespaces/dev'],
    ...['/api/v1/namespaces/dev/namespaces', '/api/v1/namespaces/kube-system', '/api/v1/watch/namespaces/dev'],
    ...[
      '/api/v1/watch/namespaces',
      '/apis/example.com/v1/namespaces/dev',
      '/apis/example.com/v1/namespaces/dev/status',
    ],
    ...['/api/v2/namespaces/dev', '/api/v1/namespaces/dev/namespaces/kube-system'],
    ...['/api/v1/namespaces/kube-system/pods', '/api/v1/namespaces/Dev/pods', '/api/v1/namespaces/dev-2/pods'],
    ...['/api/v1/Namespaces/dev/pods', '/api/v1/namespace/dev/pods', '/api/v1/watch/namespaces/other/pods'],
    ...['/api/v1/watch/watch/namespaces/dev/pods', '/api/v1/pods/namespaces/dev/pods'],
    ...['/api/v1/namespaces/other/pods/web/exec', '/api/v1/namespaces/other/services/web/proxy/api/v1/namespaces/dev'],
    ...[
      '/api/v1/nodes',
      '/api/v1/nodes/n/proxy/',
      '/api/v1/nodes/n/proxy/exec/dev/web/web',
      '/api/v1/persistentvolumes',
    ],
    ...['/apis/rbac.authorization.k8s.io/v1/clusterroles', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
    ...['/apis/authentication.k8s.io/v1/tokenreviews', '/apis/certificates.k8s.io/v1/certificatesigningrequests'],
    ...['/', '/metrics', '/logs/', '/logs/kubelet.log', '/debug/pprof/heap', '/configz', '/apix', '/versions'],
    ...['/.well-known/openid-configuration', '/openid/v1/jwks', '/openapi', '/openapi/v4'],
  ])('allows nothing of it: %s', (target) => {
    for (const method of METHODS) {
      for (const upgrade of [false, true]) {
        expect(refused(method, target, upgrade)).toContain('You are in the tenant shop here, whose namespace is dev');
      }
    }
  });

  it('says what is outside', () => {
    const here = 'forbidden: You are in the tenant shop here, whose namespace is dev: ';
    expect(refused('GET', '/api/v1/namespaces/kube-system/pods')).toBe(
      `${here}the namespace kube-system is no part of it.`,
    );
    expect(refused('GET', '/api/v1/nodes')).toBe(
      `${here}nodes outside of it are not shown or changed. Ask for what is in it (kubectl -n dev).`,
    );
    expect(refused('DELETE', '/api/v1/namespaces/dev')).toBe(
      `${here}that one can be looked at, other namespaces cannot, and none is changed.`,
    );
    expect(refused('GET', '/metrics')).toBe(`${here}/metrics is about the whole cluster.`);
  });

  it('has no spelling of another namespace', () => {
    const word = fc.constantFrom(
      ...['namespaces', 'dev', 'kube-system', 'pods', 'web', 'watch', 'proxy', 'status', 'finalize', 'exec', 'nodes'],
      ...['d%65v', 'dev%2F..%2Fkube-system', '..', '.', '', '%2e%2e', 'dev%00', 'DEV', 'dev.', 'dev;a=b', 'dev%20'],
    );
    const start = fc.constantFrom('/api/v1', '/apis/apps/v1', '/api', '/apis', '/api/v1/watch', '');
    const path = fc.tuple(start, fc.array(word, { maxLength: 7 })).map(([head, tail]) => [head, ...tail].join('/'));
    fc.assert(
      fc.property(path, fc.constantFrom(...METHODS), fc.boolean(), (target, method, upgrade) => {
        const said = refusalOf(() => {
          const request = parseApiRequest(method, splitTarget(target));
          checkTenant(request, upgrade, TENANT);
        });
        if (said !== null) return;
        const inside =
          /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(?:watch\/)?namespaces\/dev\/(?!(?:namespaces|status|finalize)(?:\/|$))[^/]/;
        const common = /^\/(?:apis?(?:\/[^/]*){0,2}\/?|api\/v1\/namespaces\/dev)$/;
        expect(target).toMatch(inside.test(target) ? inside : common);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('enterTenant', () => {
  const session = { user: USER, clusterId: 'c' };
  const enter = (
    tenant: Tenant | undefined,
    entry: TenantEntry,
    method = 'GET',
    path = '/api/v1/namespaces/dev/pods',
  ) =>
    enterTenant(
      { tenantOf: (id) => (id === tenant?.id ? tenant : undefined), entryOf: () => entry },
      session,
      ID,
      parseApiRequest(method, splitTarget(path)),
      false,
    );

  it('acts in the group of the tenant alone', () => {
    expect(enter(TENANT, 'full')).toEqual({ user: 'curfew:ada', groups: [`curfew:tenant:${ID}`] });
    expect(enter(TENANT, 'read-only')).toEqual({ user: 'curfew:ada', groups: [`curfew:tenant-read-only:${ID}`] });
  });

  it.each<[string, Tenant | undefined, TenantEntry]>([
    ['is gone', undefined, 'full'],
    ['is of another cluster', { ...TENANT, clusterId: 'other' }, 'full'],
    ['is not open to the user', TENANT, 'none'],
    ['is another', { ...TENANT, id: 'other' }, 'full'],
  ])('refuses everything where the tenant %s', (_what, tenant, entry) => {
    for (const path of ['/api/v1/namespaces/dev/pods', '/version', '/api']) {
      expect(refusalOf(() => enter(tenant, entry, 'GET', path))).toMatch(
        /^forbidden: The tenant of this session is gone/,
      );
    }
  });

  it('holds a read-only entry to reading', () => {
    const path = '/api/v1/namespaces/dev/pods';
    expect(refusalOf(() => enter(TENANT, 'read-only', 'GET', path))).toBeNull();
    expect(refusalOf(() => enter(TENANT, 'read-only', 'POST', path))).toBe(
      'forbidden: You are read-only in the tenant shop: this would do more than read, or reads secrets.',
    );
    expect(refusalOf(() => enter(TENANT, 'read-only', 'GET', '/api/v1/namespaces/dev/secrets'))).not.toBeNull();
    expect(refusalOf(() => enter(TENANT, 'full', 'POST', path))).toBeNull();
  });
});
