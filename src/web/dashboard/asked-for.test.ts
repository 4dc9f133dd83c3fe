import { expect, it } from 'vitest';
import { withPermission } from './asked-for.ts';

it.each([
  ['GET', '/api/v1/pods?limit=500', 'list pods in the whole cluster'],
  ['GET', '/api/v1/namespaces/dev/pods?watch=1', 'watch pods in the namespace dev'],
  ['GET', '/apis/apps/v1/namespaces/dev/deployments/web', 'get deployments.apps web in the namespace dev'],
  [
    'PATCH',
    '/apis/apps/v1/namespaces/dev/deployments/web/scale',
    'patch deployments/scale.apps web in the namespace dev',
  ],
  ['DELETE', '/api/v1/namespaces/dev', 'delete namespaces dev in the whole cluster'],
  ['POST', '/api/v1/namespaces/dev/configmaps?dryRun=All', 'create configmaps in the namespace dev'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
])('names the permission of %s %s', (method, path, permission) => {
  expect(withPermission('forbidden', method, path)).toBe(`forbidden (asked: ${permission})`);
});

it('leaves what the API server says of it as it is', () => {
  const message = 'pods is forbidden: User "ada" cannot list resource "pods" in API group "" at the cluster scope';
  expect(withPermission(message, 'GET', '/api/v1/pods')).toBe(message);
});
