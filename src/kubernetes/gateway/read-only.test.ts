import { describe, expect, it } from 'vitest';
import { parseApiRequest } from './api-request.ts';
import { isReadOnly } from './read-only.ts';
import { splitTarget } from './request-target.ts';

const allowed = (method: string, target: string, upgrade = false): boolean =>
  isReadOnly(parseApiRequest(method, splitTarget(target)), upgrade);

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Every subresource that Kubernetes 1.20 to 1.36 serves, and some that it does not. */
const SUBRESOURCES = [
  ...['log', 'status', 'scale', 'ephemeralcontainers', 'approval', 'resize', 'exec', 'attach', 'portforward', 'proxy'],
  ...['binding', 'eviction', 'token', 'finalize', 'rollback', 'console', 'vnc', 'Log', 'logs', 'unknown'],
];
const READABLE = new Set(['log', 'status', 'scale', 'ephemeralcontainers', 'approval', 'resize']);

describe('isReadOnly', () => {
  it('tries every verb with every subresource', () => {
    const all = METHODS.flatMap((method) =>
      SUBRESOURCES.flatMap((subresource) => [false, true].map((upgrade) => ({ method, subresource, upgrade }))),
    );
    const target = '/api/v1/namespaces/dev/pods/web/';
    const passed = all.filter(({ method, subresource, upgrade }) => allowed(method, target + subresource, upgrade));
    const reads = all.filter(({ method, subresource, upgrade }) => {
      return !upgrade && (method === 'GET' || method === 'HEAD') && READABLE.has(subresource);
    });
    expect(passed).toEqual(reads);
    expect(all).toHaveLength(METHODS.length * SUBRESOURCES.length * 2);
  });

  it('reads resources, watches included', () => {
    expect(allowed('GET', '/api/v1/pods?watch=true')).toBe(true);
    expect(allowed('GET', '/api/v1/watch/namespaces/dev/pods')).toBe(true);
    expect(allowed('GET', '/apis/apps/v1/namespaces/dev/deployments/web')).toBe(true);
    expect(allowed('GET', '/api/v1/namespaces/dev/pods/web/log?follow=true')).toBe(true);
    expect(allowed('GET', '/api/v1/pods?watch=true', true)).toBe(false);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('writes nothing: %s', (method) => {
    expect(allowed(method, '/api/v1/namespaces/dev/pods')).toBe(false);
    expect(allowed(method, '/apis/apps/v1/namespaces/dev/deployments/web')).toBe(false);
    expect(allowed(method, '/version')).toBe(false);
  });

  it.each([
    '/api/v1/secrets',
    '/api/v1/secrets?watch=true',
    '/api/v1/watch/secrets',
    '/api/v1/namespaces/dev/secrets/db',
    '/api/v1/watch/namespaces/dev/secrets/db',
    '/apis/other.example/v1/namespaces/dev/secrets',
  ])('reads no secrets: %s', (target) => {
    expect(allowed('GET', target)).toBe(false);
    expect(allowed('HEAD', target)).toBe(false);
  });

  it('asks about itself', () => {
    const reviews = '/apis/authorization.k8s.io/v1';
    expect(allowed('POST', `${reviews}/selfsubjectaccessreviews`)).toBe(true);
    expect(allowed('POST', `${reviews}/selfsubjectrulesreviews`)).toBe(true);
    expect(allowed('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews')).toBe(true);
    expect(allowed('POST', `${reviews}/selfsubjectaccessreviews`, true)).toBe(false);
    expect(allowed('POST', `${reviews}/subjectaccessreviews`)).toBe(false);
    expect(allowed('POST', `${reviews}/namespaces/dev/localsubjectaccessreviews`)).toBe(false);
    expect(allowed('POST', '/apis/authentication.k8s.io/v1/tokenreviews')).toBe(false);
    expect(allowed('POST', '/apis/example.com/v1/selfsubjectaccessreviews')).toBe(false);
    expect(allowed('PUT', `${reviews}/selfsubjectaccessreviews`)).toBe(false);
  });

  it('reads what the API says of itself, and nothing else outside of resources', () => {
    const readable = ['/', '/api', '/apis', '/apis/apps/v1', '/version', '/readyz/ping', '/openapi/v3/api/v1'];
    const others = ['/logs/kubelet.log', '/debug/pprof/heap', '/metrics', '/apix', '/versions', '/configz'];
    expect([...readable, ...others].filter((path) => allowed('GET', path))).toEqual(readable);
  });

  it('follows no tail behind a subresource', () => {
    expect(allowed('GET', '/api/v1/namespaces/dev/pods/web/status/more')).toBe(false);
    expect(allowed('GET', '/api/v1/namespaces/dev/services/web/proxy/index.html')).toBe(false);
  });
});
