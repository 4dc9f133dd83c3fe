import { describe, expect, it } from 'vitest';
import { PortalError } from '../../core/portal-error.ts';
import { parseApiRequest } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import { splitGatewayTarget, splitTarget } from './request-target.ts';

function parse(method: string, target: string): ApiRequest {
  return parseApiRequest(method, splitTarget(target));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PortalError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('parseApiRequest', () => {
  it.each<[string, string, Partial<ApiRequest>]>([
    ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '', name: '' }],
    ['GET', '/api/v1/pods?watch=true', { verb: 'watch', isWatch: true }],
    ['GET', '/api/v1/pods?watch', { verb: 'watch', isWatch: true }],
    ['GET', '/api/v1/pods?%77atch=1', { verb: 'watch', isWatch: true }],
    ['GET', '/api/v1/pods?watch=false', { verb: 'list', isWatch: false }],
    ['GET', '/api/v1/pods?watch=0&x=%20', { verb: 'list', isWatch: false }],
    ['GET', '/api/v1/watch/namespaces/dev/pods', { verb: 'watch', isWatch: true, namespace: 'dev', resource: 'pods' }],
    ['GET', '/api/v1/namespaces/dev', { verb: 'get', resource: 'namespaces', name: 'dev', namespace: 'dev' }],
    ['PUT', '/api/v1/namespaces/dev/finalize', { resource: 'namespaces', name: 'dev', subresource: 'finalize' }],
    ['GET', '/api/v1/namespaces/dev/pods/web', { verb: 'get', namespace: 'dev', resource: 'pods', name: 'web' }],
    ['POST', '/api/v1/namespaces/dev/pods/web/exec', { verb: 'create', resource: 'pods', subresource: 'exec' }],
    ['GET', '/api/v1/namespaces/dev/pods/web/log?follow=true', { subresource: 'log', isLogFollow: true }],
    ['GET', '/api/v1/namespaces/dev/pods/web/log?follow=false', { subresource: 'log', isLogFollow: false }],
    ['DELETE', '/apis/apps/v1/namespaces/dev/deployments', { verb: 'deletecollection', group: 'apps' }],
    ['PATCH', '/apis/apps/v1/namespaces/dev/deployments/web/scale', { verb: 'patch', subresource: 'scale' }],
    ['GET', '/apis/apps/v1', { isResource: false, verb: 'get' }],
    ['GET', '/api/v1', { isResource: false }],
    ['GET', '/apis/', { isResource: false }],
    ['GET', '/', { isResource: false }],
    ['GET', '/version?timeout=32s', { isResource: false }],
    ['GET', '/openapi/v3/apis/apps/v1?hash=AB%2B', { isResource: false }],
    ['GET', '/.well-known/openid-configuration', { isResource: false }],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node', { name: 'system:node' }],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%20b', { name: 'a%20b' }],
    ['GET', '/api/v1/namespaces/dev/services/https:web:443/proxy/a/', { isProxy: true, name: 'https:web:443' }],
    ['GET', '/api/v1/namespaces/dev/services/web/proxy/a%20b/?c=d', { isProxy: true, hasTail: true, name: 'web' }],
    ['GET', '/api/v1/nodes/n1/proxy', { isProxy: true, hasTail: false, resource: 'nodes' }],
  ])('%s %s', (method, target, expected) => {
    expect(parse(method, target)).toMatchObject(expected);
  });

  it.each([
    '/api/v1/namespaces/dev/pods/web/%65xec',
    '/api/v1/namespaces/dev/pods%2Fweb%2Fexec',
    '/api/v1/namespaces/dev/pods/web%2Fexec',
    '/api/v1/namespaces/dev/pods/w%65b',
    '/api/v1/namespaces/dev/pods/web%252Fexec',
    '/api/v1/namespaces/dev/pods/%2e%2e',
    '/api/v1/namespaces/dev/pods/%00',
    '/api/v1/namespaces/dev/pods/%ff',
    '/api/v1/namespaces/dev/pods/%5cexec',
    '/api/v1/namespaces/dev/../prod/pods',
    '/api/v1/namespaces/dev/./pods',
    '/api/v1/namespaces//pods',
    '/api/v1//pods',
    '//api/v1/pods',
    '/api/v1/pods/',
    '/api/v1/namespaces/dev/pods/web/exec/',
    '/%61pi/v1/pods',
    '/api/v1/proxy/namespaces/dev/pods/web',
    '/api/v1/namespaces/dev/pods/w%20b/proxy/',
    '/api/v1/namespaces/dev/pods/web/proxy/../exec',
    '/api/v1/namespaces/dev/pods/web/proxy/%2e%2e/exec',
    '/api/v1/namespaces/dev/pods/web/proxy/%252e%252e/exec',
    '/api/v1/namespaces/dev/pods/web/proxy/a%2f..%2f..',
    '/api/v1/namespaces/dev/pods/web/proxy/a%5c..%5cb',
    '/api/v1/namespaces/dev/pods/web/proxy//x',
    '/api/v1/namespaces/dev/pods/web/proxy/a//',
    '/version/..',
    '/healthz//ping',
    '/api/v1/pods?watch=true&watch=false',
    '/api/v1/pods?a=b;watch=true',
    '/api/v1/pods?a=%zz',
    '/api/v1/pods#fragment',
    '/api/v1/pods\\x',
    '/api/v1/p\u00f6ds',
    '/api/v1/pods?a=\u0001',
    '/api/v1/pods%',
    'api/v1/pods',
    '*',
  ])('refuses %s', (target) => {
    expect(codeOf(() => parse('GET', target))).toBe('invalid-request');
  });

  it.each(['TRACE', 'CONNECT', 'PROPFIND', 'get', ''])('refuses the method “%s”', (method) => {
    expect(codeOf(() => parse(method, '/api/v1/pods'))).toBe('invalid-request');
  });
});

describe('splitGatewayTarget', () => {
  it('parts the cluster from the path, byte for byte', () => {
    expect(splitGatewayTarget('/k8s/clusters/demo/api/v1/pods?a=%20')).toEqual({
      clusterId: 'demo',
      target: { path: '/api/v1/pods', search: '?a=%20' },
    });
    expect(splitGatewayTarget('/k8s/clusters/demo').target.path).toBe('/');
    expect(splitGatewayTarget('/k8s/clusters/demo?x=y').target).toEqual({ path: '/', search: '?x=y' });
  });

  it.each([
    '/k8s/clusters/dev%2f..%2fprod/api',
    '/k8s/clusters/../api',
    '/k8s/clusters//api',
    '/k8s/clusters/DEMO/api',
    '/k8s/clusters/%64emo/api',
    'http://portal/k8s/clusters/demo/api',
    'https://portal/k8s/clusters/demo/api',
  ])('refuses %s', (target) => {
    expect(codeOf(() => splitGatewayTarget(target))).toBe('invalid-request');
  });

  it('knows only clusters', () => {
    expect(codeOf(() => splitGatewayTarget('/k8s/other'))).toBe('not-found');
  });
});
