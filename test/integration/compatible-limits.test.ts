import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const K8S = 'MaximumK8sSessionDuration';
const INFRASTRUCTURE = '/v3/admin/infrastructure/nowhere';
const CUSTOM_DATA = '/adminproxy/UpdateInfrastructureCustomData/nowhere';

let test: TestPortal;
let administrator: TestBrowser;
let token: string;
let tenantId: string;
let metadata: string;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  administrator = await test.administrator();
  token = await apiTokenOf(administrator);
  await ask('POST', '/admin/AddTenant', { AccountName: 'shop', PlanID: 'nowhere' });
  tenantId = (await ask('GET', '/admin/GetTenantsForUser')).json[0].TenantId;
  metadata = `/v3/admin/tenant/${tenantId}/metadata`;
});
afterAll(() => test.stop());
beforeEach(async () => {
  await ask('POST', CUSTOM_DATA, { Key: K8S, State: 'delete' });
  await ask('DELETE', `${metadata}/${K8S}`);
});

const ask = (method: string, path: string, body?: unknown) => askAsClient(test, token, method, path, body);
const customData = async () => (await ask('GET', INFRASTRUCTURE)).json.CustomData;
const rowOf = async () => (await ask('GET', '/admin/GetTenantsForUser')).json[0];
/** When a credential of the tenant, or of the whole cluster, would end. */
const endsIn = async (path: string) => {
  const { LastTokenRefreshTime } = (await ask('GET', path)).json;
  return Math.ceil((Date.parse(LastTokenRefreshTime) - test.clock.now()) / MINUTE_MS);
};

describe('the custom data of an infrastructure', () => {
  it('is set, read, changed and deleted as Terraform does it', async () => {
    expect(await ask('GET', INFRASTRUCTURE)).toMatchObject({
      status: 200,
      json: { Name: 'nowhere', Cloud: 0, EnableK8Cluster: true, CustomData: [] },
    });
    for (const Value of ['30', '30', '20']) {
      expect(await ask('POST', CUSTOM_DATA, { Key: K8S, Value })).toMatchObject({ status: 200, text: 'null' });
      expect(await customData()).toEqual([{ Key: K8S, Value }]);
    }
    const deleted = { Key: K8S, State: 'delete' };
    expect(await ask('POST', CUSTOM_DATA, deleted)).toMatchObject({ status: 200, text: 'null' });
    expect(await customData()).toEqual([]);
    expect(await ask('POST', CUSTOM_DATA, deleted)).toMatchObject({ status: 200, text: 'null' });
  });

  it('is what the page of the cluster shows, and the other way round', async () => {
    await ask('POST', CUSTOM_DATA, { Key: K8S, Value: '30' });
    const ofPortal = '/api/clusters/nowhere/limits';
    const { items } = (await administrator.get(ofPortal)).body;
    expect(items).toContainEqual(expect.objectContaining({ key: K8S, value: 30, setBy: 'ada' }));
    await administrator.send('PUT', `${ofPortal}/${K8S}`, { value: '25' });
    expect(await customData()).toEqual([{ Key: K8S, Value: '25' }]);
  });
});

describe('the metadata of a tenant', () => {
  it('is set, read, changed and deleted as Terraform does it', async () => {
    expect(await ask('GET', metadata)).toMatchObject({ status: 200, json: [] });
    expect(await ask('GET', `${metadata}/${K8S}`)).toMatchObject({ status: 404 });
    for (const Value of ['30', '30', '20']) {
      const row = { Key: K8S, Value };
      expect(await ask('POST', metadata, row)).toMatchObject({ status: 200, json: row });
      expect((await ask('GET', metadata)).json).toEqual([row]);
      expect((await ask('GET', `${metadata}/${K8S}`)).json).toEqual(row);
      expect((await rowOf()).Metadata).toEqual([row]);
    }
    expect(await ask('DELETE', `${metadata}/${K8S}`)).toMatchObject({ status: 200, text: 'null' });
    expect((await ask('GET', metadata)).json).toEqual([]);
    expect((await rowOf()).Metadata).toEqual([]);
    for (const key of [K8S, 'nothing', 'a/b', encodeURIComponent('größe/キー'), 'Maximum%20K8s%20Session%20Duration'])
      for (const method of ['GET', 'DELETE'])
        expect([key, (await ask(method, `${metadata}/${key}`)).status]).toEqual([key, 404]);
  });

  it('is found by the id of its tenant alone', async () => {
    expect(await ask('GET', '/v3/admin/tenant/shop/metadata')).toMatchObject({ status: 404 });
  });

  it('has no tenant that is not there, nor a cluster that is not', async () => {
    const elsewhere = '/v3/admin/tenant/00000000-0000-4000-8000-000000000000/metadata';
    for (const [method, path, body] of [
      ['GET', elsewhere],
      ['GET', `${elsewhere}/${K8S}`],
      ['POST', elsewhere, { Key: K8S, Value: '30' }],
      ['DELETE', `${elsewhere}/${K8S}`],
      ['GET', '/v3/admin/infrastructure/none'],
      ['POST', '/adminproxy/UpdateInfrastructureCustomData/none', { Key: K8S, Value: '30' }],
    ] as const) {
      expect(await ask(method, path, body)).toMatchObject({ status: 404, json: { Message: expect.any(String) } });
    }
  });
});

describe('both', () => {
  it('bind at once, the strictest wins, and none that is loosened lengthens a session that is open', async () => {
    const ofTenant = `/v3/subscriptions/${tenantId}/k8s/jitAccess`;
    const ofCluster = '/v3/admin/plans/nowhere/k8sConfig';
    await ask('POST', CUSTOM_DATA, { Key: K8S, Value: '20' });
    expect([await endsIn(ofTenant), await endsIn(ofCluster)]).toEqual([20, 20]);
    await ask('POST', metadata, { Key: K8S, Value: '10' });
    expect([await endsIn(ofTenant), await endsIn(ofCluster)]).toEqual([10, 20]);
    await ask('POST', metadata, { Key: K8S, Value: '40' });
    expect(await endsIn(ofTenant)).toBe(10);
    await ask('POST', metadata, { Key: K8S, Value: '5' });
    expect([await endsIn(ofTenant), await endsIn(ofCluster)]).toEqual([5, 20]);
  });

  it('end what is open and older, there alone, and name the scope', async () => {
    await test.clock.advance(MINUTE_MS);
    const grace = test.browser();
    await test.user('grace');
    await grace.signIn('grace');
    const graceToken = await apiTokenOf(grace);
    await ask('POST', '/admin/UpdateUserAccess', { Username: 'grace', TenantId: tenantId });
    const jitAccess = () => askAsClient(test, graceToken, 'GET', `/v3/subscriptions/${tenantId}/k8s/jitAccess`);
    expect((await jitAccess()).status).toBe(200);
    await test.clock.advance(6 * MINUTE_MS);
    await ask('POST', CUSTOM_DATA, { Key: K8S, Value: '7' });
    expect((await jitAccess()).status).toBe(200);
    await ask('POST', metadata, { Key: K8S, Value: '6' });
    expect(await jitAccess()).toMatchObject({ status: 401, json: { Message: expect.stringContaining('shop') } });
  });

  it.each([
    ['0', /takes a whole number of minutes/],
    ['-5', /takes a whole number of minutes/],
    ['1.5', /takes a whole number of minutes/],
    ['abc', /“abc” is not allowed/],
    ['10m', /takes a whole number of minutes/],
    ['0720', /takes a whole number of minutes/],
    ['99999999', /takes a whole number of minutes/],
    [undefined, /Nothing was given/],
  ])('refuse the value %s with what is allowed, and keep the old one', async (Value, words) => {
    await ask('POST', CUSTOM_DATA, { Key: K8S, Value: '30' });
    await ask('POST', metadata, { Key: K8S, Value: '15' });
    for (const path of [CUSTOM_DATA, metadata]) {
      const refused = await ask('POST', path, { Key: K8S, Value });
      expect(refused).toMatchObject({ status: 400, json: { Message: expect.stringMatching(words) } });
    }
    expect(await customData()).toEqual([{ Key: K8S, Value: '30' }]);
    expect((await ask('GET', metadata)).json).toEqual([{ Key: K8S, Value: '15' }]);
  });

  it.each([
    ['AuthorizationTokenSessionDuration', /limits for its Kubernetes sessions only. Give MaximumK8sSessionDuration or/],
    ['größe/キー', /limits for its Kubernetes sessions only/],
    ['Maximum K8s Session Duration', /Give MaximumK8sSessionDuration, which is the key of/],
    ['', /give a Key/],
  ])('refuse the key “%s” with those that there are', async (Key, words) => {
    for (const path of [CUSTOM_DATA, metadata]) {
      const refused = await ask('POST', path, { Key, Value: '30' });
      expect(refused).toMatchObject({ status: 400, json: { Message: expect.stringMatching(words) } });
    }
    expect(await customData()).toEqual([]);
    expect((await ask('GET', metadata)).json).toEqual([]);
  });
});
