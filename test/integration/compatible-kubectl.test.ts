import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CurfewHouse } from '../support/curfew-process.ts';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import type { DuploAnswer } from '../support/duplo-client.ts';
import { findKubectls } from '../support/kubectls.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';
import { runKubectl } from './gateway-portal.ts';

// What the compatible API hands out for kubectl, put into a kubeconfig as its clients do, at a real cluster over TLS.

const house = new CurfewHouse();
const kubectls = findKubectls(inject('kubectlPath')).slice(0, 2);
const tenantName = `kubectl-${process.pid}`;
let browser: TestBrowser;
let bob: TestBrowser;
let token: string;
let bobsToken: string;
let cluster: string;
let tenantId: string;

const ask = (method: string, path: string, body?: unknown, bearer = token): Promise<DuploAnswer> =>
  askAsClient(browser, bearer, method, path, body);

beforeAll(async () => {
  const portal = await house.serve('--kubeconfig', inject('kubeconfigPath'));
  browser = new TestBrowser(portal.url);
  await browser.send('POST', '/api/setup', { token: portal.setupToken, username: 'ada', password: PASSWORD });
  cluster = (await browser.get('/api/clusters')).body.items[0].id;
  await browser.send('POST', '/api/users', { username: 'bob', password: PASSWORD, role: 'User', readOnly: false });
  bob = new TestBrowser(portal.url);
  await bob.signIn('bob');
  [token, bobsToken] = [await apiTokenOf(browser), await apiTokenOf(bob)];
  expect((await ask('POST', '/admin/AddTenant', { AccountName: tenantName, PlanID: cluster })).status).toBe(200);
  tenantId = (await ask('GET', '/admin/GetTenantsForUser')).json[0].TenantId;
  const access = { Username: 'bob', TenantId: tenantId, Policy: {} };
  expect((await ask('POST', '/admin/UpdateUserAccess', access)).status).toBe(204);
});
afterAll(async () => {
  await runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), [
    'delete',
    'namespace',
    `duploservices-${tenantName}`,
    '--wait=false',
  ]);
});

/** A kubeconfig as duploctl writes one. */
function kubeconfigOf({ json }: DuploAnswer): string {
  const named = { cluster: json.Name, user: json.Name, namespace: json.DefaultNamespace };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': json.Name,
    clusters: [
      {
        name: json.Name,
        cluster: { server: json.ApiServer, 'certificate-authority-data': json.CertificateAuthorityDataBase64 },
      },
    ],
    users: [{ name: json.Name, user: { token: json.Token } }],
    contexts: [{ name: json.Name, context: named }],
  };
  return house.write(`${json.DefaultNamespace}.kubeconfig`, JSON.stringify(config));
}

describe.each(kubectls)('$name ($path)', ({ path }) => {
  it('works in the whole cluster with what an administrator gets for a plan', async () => {
    const config = kubeconfigOf(await ask('GET', `/v3/admin/plans/${cluster}/k8sConfig`));
    const { exit, stdout } = await runKubectl(path, config, [
      'get',
      'serviceaccounts',
      '-n',
      'kube-system',
      '-o',
      'name',
    ]);
    expect([exit, stdout]).toEqual([0, expect.stringContaining('serviceaccount/default')]);
  });

  it('works in the namespace of a tenant with what its user gets, and nowhere else', async () => {
    const jitAccess = `/v3/subscriptions/${tenantId}/k8s/jitAccess`;
    const config = kubeconfigOf(await ask('GET', jitAccess, undefined, bobsToken));
    // The namespace and its role bindings are made in the background.
    const list = () => runKubectl(path, config, ['get', 'serviceaccounts', '-o', 'name']);
    await expect.poll(async () => (await list()).stdout, { timeout: 60_000 }).toContain('serviceaccount/default');
    const elsewhere = await runKubectl(path, config, ['get', 'pods', '-n', 'kube-system']);
    expect([elsewhere.exit, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining(`You are in the tenant ${tenantName}`),
    ]);
  });
});

it('is over with the session that it came from', async () => {
  const config = kubeconfigOf(await ask('GET', `/v3/subscriptions/${tenantId}/k8s/jitAccess`, undefined, bobsToken));
  await bob.send('DELETE', '/api/session');
  const { exit, stderr } = await runKubectl(inject('kubectlPath'), config, ['get', 'serviceaccounts']);
  expect([exit, stderr]).toEqual([1, expect.stringMatching(/Your Kubernetes session ended/)]);
});
