import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

let test: TestPortal;
let token: string;
let grace: TestBrowser;
let graceToken: string;
let count = 0;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.user('grace');
});
afterAll(() => test.stop());
beforeEach(async () => {
  await test.clock.advance(1);
  token = await apiTokenOf(await test.administrator());
  grace = test.browser();
  await grace.signIn('grace');
  graceToken = await apiTokenOf(grace);
});

const ask = (method: string, path: string, body?: unknown, bearer = token) =>
  askAsClient(test, bearer, method, path, body);
const askAsGrace = (path: string) => ask('GET', path, undefined, graceToken);
const listFor = async (bearer = token) => (await ask('GET', '/admin/GetTenantsForUser', undefined, bearer)).json;
const give = (TenantId: string, more: object = { Policy: {} }) =>
  ask('POST', '/admin/UpdateUserAccess', { Username: 'grace', TenantId, ...more });

/** A tenant as Terraform makes one: it reads what the list says afterwards. */
async function makeTenant(more: object = {}): Promise<{ TenantId: string; AccountName: string }> {
  const AccountName = `team-${++count}`;
  const made = await ask('POST', '/admin/AddTenant', { AccountName, PlanID: 'nowhere', ...more });
  expect(made).toMatchObject({ status: 200, text: 'null' });
  return (await listFor()).find((each: { AccountName: string }) => each.AccountName === AccountName);
}

describe('tenants', () => {
  it('are made, found and deleted as Terraform does it', async () => {
    const made = await makeTenant();
    expect(made).toEqual({
      TenantId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      AccountName: `team-${count}`,
      PlanID: 'nowhere',
      InfraOwner: '',
      Tags: [],
      Metadata: [],
    });
    expect((await ask('GET', '/adminproxy/GetTenantNames')).json).toContainEqual(made);
    expect(await ask('GET', `/v2/admin/TenantV2/${made.TenantId}`)).toMatchObject({ status: 200, json: made });
    // The body is the JSON string `""`.
    expect(await ask('POST', `/admin/DeleteTenant/${made.TenantId}`, '')).toMatchObject({ status: 200, text: 'null' });
    expect(await listFor()).not.toContainEqual(made);
    expect(await ask('POST', `/admin/DeleteTenant/${made.TenantId}`)).toMatchObject({ status: 404 });
    expect(await ask('GET', `/v2/admin/TenantV2/${made.TenantId}`)).toMatchObject({ status: 404 });
  });

  it('are refused with a sentence where they cannot be', async () => {
    const make = (body: object) => ask('POST', '/admin/AddTenant', body);
    for (const body of [
      { AccountName: 'Team', PlanID: 'nowhere' },
      { AccountName: 'größe/キー', PlanID: 'nowhere' },
      { AccountName: 'team', PlanID: 'none' },
      { AccountName: 'team', PlanID: 'nowhere', ExistingK8sNamespace: 'Not A Namespace' },
      { PlanID: 'nowhere' },
      { AccountName: 'team' },
    ]) {
      expect(await make(body)).toMatchObject({ status: 400, json: { Message: expect.any(String) } });
    }
    const { AccountName } = await makeTenant();
    expect(await make({ AccountName, PlanID: 'nowhere' })).toMatchObject({ status: 409 });
  });

  it('are those of the portal', async () => {
    const administrator = await test.administrator();
    const made = { name: 'payments-team', cluster: 'elsewhere', namespace: 'billing', bindings: 'own' };
    const { id } = (await administrator.send('POST', '/api/tenants', made)).body;
    expect(await listFor()).toContainEqual(
      expect.objectContaining({ TenantId: id, AccountName: 'payments-team', PlanID: 'elsewhere' }),
    );
    const { TenantId } = await makeTenant();
    expect((await administrator.get(`/api/tenants/${TenantId}`)).body).toMatchObject({ bindings: 'managed' });
    await ask('POST', `/admin/DeleteTenant/${id}`);
    expect((await administrator.get(`/api/tenants/${id}`)).status).toBe(404);
  });
});

describe('access to a tenant', () => {
  it('is given, changed, listed and taken with exactly 204', async () => {
    const { TenantId, AccountName } = await makeTenant();
    expect(await give(TenantId)).toMatchObject({ status: 204, text: '' });
    expect(await listFor(graceToken)).toMatchObject([{ TenantId, AccountName }]);
    expect(await give(TenantId, { Policy: { IsReadOnly: null }, State: 'create' })).toMatchObject({ status: 204 });
    expect(await give(TenantId, { Policy: { IsReadOnly: true } })).toMatchObject({ status: 204 });
    // What is left out stays as it is.
    for (const more of [{}, { Policy: {} }, { Policy: { IsReadOnly: null } }])
      expect(await give(TenantId, more)).toMatchObject({ status: 204 });
    await test.clock.advance(1);
    const everybody = (await ask('GET', '/admin/GetAllTenantAuthInfo')).json;
    expect(everybody).toContainEqual({ TenantId, UserAccess: [{ Username: 'grace', Policy: { IsReadOnly: true } }] });
    const own = await ask('GET', '/v3/admin/user/grace/tenantAccess?adminAccess=false');
    expect(own).toMatchObject({ status: 200, json: [{ AccountName, TenantId, Policy: { IsReadOnly: true } }] });
    expect((await ask('GET', '/v3/admin/user/ada/tenantAccess?adminAccess=false')).json).toEqual([]);
    expect((await ask('GET', '/v3/admin/user/ada/tenantAccess?adminAccess=true')).json).toContainEqual({
      ...{ AccountName, TenantId },
      Policy: { IsReadOnly: false },
    });
    expect(await give(TenantId, { State: 'deleted' })).toMatchObject({ status: 204, text: '' });
    expect(await give(TenantId, { State: 'deleted' })).toMatchObject({ status: 204 });
    expect((await ask('GET', '/v3/admin/user/grace/tenantAccess?adminAccess=false')).json).toEqual([]);
  });

  it('is refused for users and tenants that are not there', async () => {
    const { TenantId } = await makeTenant();
    expect(await give(TenantId, { Username: 'nobody' })).toMatchObject({ status: 404 });
    expect(await give('6f0f3a1c-0000-4000-8000-000000000000')).toMatchObject({ status: 404 });
    expect(await give(TenantId, { State: 'perhaps' })).toMatchObject({ status: 400 });
    for (const name of ['nobody', 'größe/キー']) {
      const path = `/v3/admin/user/${encodeURIComponent(name)}/tenantAccess`;
      expect(await ask('GET', path)).toMatchObject({ status: 404, json: { Message: expect.any(String) } });
    }
  });
});

describe('a tenant', () => {
  const CALLS = (id: string) => [
    `/v2/admin/TenantV2/${id}`,
    `/v3/features/tenant/${id}`,
    `/v3/subscriptions/${id}/k8s/jitAccess`,
  ];

  it('is the same 403 to others, whether it is there or not, and 404 to administrators', async () => {
    const { TenantId } = await makeTenant();
    const none = '6f0f3a1c-0000-4000-8000-000000000000';
    const refusalOf = async (path: string) => {
      const { status, text } = await askAsGrace(path);
      return { status, text };
    };
    for (const [index, path] of CALLS(TenantId).entries()) {
      const refused = await refusalOf(path);
      expect(refused.status).toBe(403);
      expect(await refusalOf(CALLS(none)[index] ?? '')).toEqual(refused);
    }
    for (const path of CALLS(none)) expect((await ask('GET', path)).status).toBe(404);
    expect(await listFor(graceToken)).toEqual([]);
  });

  it('tells its features, and gives kubectl what it needs, in its namespace', async () => {
    const { TenantId, AccountName } = await makeTenant();
    await give(TenantId);
    await test.clock.advance(1);
    expect(await askAsGrace(`/v3/features/tenant/${TenantId}`)).toMatchObject({
      status: 200,
      json: { Region: '', IsKubernetesEnabled: true, UseLbIndex: false },
    });
    const { status, json } = await askAsGrace(`//v3/subscriptions/${TenantId}/k8s/jitAccess`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ Name: 'duploinfra-nowhere', DefaultNamespace: `duploservices-${AccountName}` });
    expect(json.ApiServer).toMatch(/^https:\/\/localhost:\d+\/k8s\/clusters\/nowhere$/);
    const at = (path: string) => grace.get(path, { authorization: `Bearer ${json.Token}` });
    const namespaced = `/k8s/clusters/nowhere/api/v1/namespaces/duploservices-${AccountName}/serviceaccounts`;
    // Authenticated and let in, and then nothing answers there.
    expect((await at(namespaced)).status).toBe(503);
    expect((await at('/k8s/clusters/nowhere/api/v1/namespaces/kube-system/serviceaccounts')).status).toBe(403);
    expect((await at(namespaced.replace('nowhere', 'elsewhere'))).status).toBe(401);
    // The same again, and gone with the access.
    expect((await askAsGrace(`/v3/subscriptions/${TenantId}/k8s/jitAccess`)).json.Token).toBe(json.Token);
    await give(TenantId, { State: 'deleted' });
    expect((await at(namespaced)).status).toBe(401);
    expect((await askAsGrace(`/v3/subscriptions/${TenantId}/k8s/jitAccess`)).status).toBe(403);
  });

  it('is the only one that its token is good for, at one cluster, until the session ends', async () => {
    const [own, other] = [await makeTenant(), await makeTenant()];
    await give(own.TenantId);
    const jit = `/v3/subscriptions/${own.TenantId}/k8s/jitAccess`;
    const { Token } = (await askAsGrace(jit)).json;
    const at = (path: string, bearer: string = Token) =>
      grace.get(`/k8s/clusters/${path}`, { authorization: `Bearer ${bearer}` });
    const pods = ({ AccountName }: { AccountName: string }) =>
      `nowhere/api/v1/namespaces/duploservices-${AccountName}/pods`;
    expect((await at(pods(own))).status).toBe(503);
    for (const path of [pods(other), 'nowhere/api/v1/nodes', 'nowhere/api/v1/pods'])
      expect([path, (await at(path)).status]).toEqual([path, 403]);
    expect((await at(pods(own).replace('nowhere', 'elsewhere'))).status).toBe(401);
    const [head, claims, signature] = Token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const forged of [`${head}.${claims}A.${signature}`, `${head}.${claims}.`, `${none}.${claims}.`])
      expect((await at(pods(own), forged)).status).toBe(401);
    // Nor is it a token of the portal, nor that of the portal one for the gateway.
    expect((await ask('GET', '/admin/GetTenantsForUser', undefined, Token)).status).toBe(401);
    expect((await at(pods(own), graceToken)).status).toBe(401);
    await grace.send('DELETE', '/api/session');
    expect((await at(pods(own))).status).toBe(401);
    expect((await askAsGrace(jit)).status).toBe(401);
  });

  it('is still told of, with 503 for its cluster, where that is no longer there', async () => {
    const file = unreachableKubeconfig();
    const alone = await startTestPortal({ kubeconfig: file });
    const bearer = await apiTokenOf(await alone.administrator());
    const asked = (method: string, path: string, body?: unknown) => askAsClient(alone, bearer, method, path, body);
    await asked('POST', '/admin/AddTenant', { AccountName: 'shop', PlanID: 'nowhere' });
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('nowhere', 'other'));
    await alone.restart();
    const [{ TenantId }] = (await asked('GET', '/admin/GetTenantsForUser')).json;
    expect(await asked('GET', `/v3/subscriptions/${TenantId}/k8s/jitAccess`)).toMatchObject({
      status: 503,
      json: { Message: expect.stringContaining('nowhere') },
    });
    await alone.stop();
  });

  it('may be a namespace that is there already', async () => {
    const { TenantId } = await makeTenant({ ExistingK8sNamespace: 'payments' });
    const { json } = await ask('GET', `/v3/subscriptions/${TenantId}/k8s/jitAccess`);
    expect(json.DefaultNamespace).toBe('payments');
  });
});
