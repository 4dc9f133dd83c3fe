import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

type Call = readonly [method: string, path: string, body?: unknown];

const CONFIG = '/v3/admin/systemSettings/config';
const INFRASTRUCTURE = '/adminproxy/UpdateInfrastructureCustomData/nowhere';
const METADATA = '/v3/admin/tenant/x/metadata';
/** What only administrators may call. */
const FOR_ADMINISTRATORS: readonly Call[] = [
  ['GET', CONFIG],
  ['POST', CONFIG, { Key: 'a', Type: 'Flags', Value: '1' }],
  ['DELETE', `${CONFIG}/a`],
  ['GET', '/adminproxy/GetPlans'],
  ['GET', '/v3/admin/infrastructure/nowhere'],
  ['POST', INFRASTRUCTURE, { Key: 'MaximumK8sSessionDuration', Value: '30' }],
  ['GET', METADATA],
  ['GET', `${METADATA}/MaximumK8sSessionDuration`],
  ['POST', METADATA, { Key: 'MaximumK8sSessionDuration', Value: '30' }],
  ['DELETE', `${METADATA}/MaximumK8sSessionDuration`],
  ['GET', '/v3/admin/plans/nowhere/k8sConfig'],
  ['GET', '/v3/admin/plans/none/k8sConfig'],
  ['GET', '/admin/GetAllUserRoles'],
  ['POST', '/admin/UpdateUserRole', { Username: 'new', Roles: ['User'] }],
  ['POST', '/admin/AddTenant', { AccountName: 'new', PlanID: 'nowhere' }],
  ['POST', '/admin/DeleteTenant/x'],
  ['POST', '/admin/UpdateUserAccess', { Username: 'ada', TenantId: 'x' }],
  ['GET', '/admin/GetAllTenantAuthInfo'],
  ['GET', '/v3/admin/user/ada/tenantAccess?adminAccess=false'],
];
const FOR_USERS: readonly Call[] = [
  ['GET', '/v3/features/system'],
  ['GET', '/adminproxy/GetTenantNames'],
  ['GET', '/admin/GetTenantsForUser'],
  ['GET', '/v2/admin/TenantV2/x'],
  ['GET', '/v3/features/tenant/x'],
  ['GET', '/v3/subscriptions/x/k8s/jitAccess'],
];
/** What is not there, which a client with an ended session is not told. */
const NOT_THERE: readonly Call[] = [
  ['GET', '/v3/nothing'],
  ['GET', '/v2/admin/nothing'],
  ['GET', '/admin/GetNothing'],
  ['GET', '/admin/GetNothing/x'],
  ['POST', '/adminproxy/Nothing'],
];
const ALL = [...FOR_ADMINISTRATORS, ...FOR_USERS, ...NOT_THERE];
/** Changes of users, tenants and access need a sign-in just before. */
const SETTINGS = [CONFIG, INFRASTRUCTURE, METADATA];
const RECENT = FOR_ADMINISTRATORS.filter(([method, path]) => method === 'POST' && !SETTINGS.includes(path));

let test: TestPortal;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
});
afterAll(() => test.stop());

async function signIn(username: string): Promise<TestBrowser> {
  await test.clock.advance(1);
  const browser = test.browser();
  await browser.signIn(username);
  return browser;
}

async function statusesOf(bearer: string | null, calls: readonly Call[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const [method, path, body] of calls) {
    const answer = await askAsClient(test, bearer, method, path, body);
    statuses[`${method} ${path}`] = answer.status;
    expect(answer).toMatchObject({ json: { Message: expect.any(String) } });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('location')).toBeNull();
  }
  return statuses;
}
const all = (calls: readonly Call[], status: number) =>
  Object.fromEntries(calls.map(([method, path]) => [`${method} ${path}`, status]));

describe('every call of the compatible API', () => {
  it('refuses strangers and unknown tokens with 401', async () => {
    expect(await statusesOf(null, ALL)).toEqual(all(ALL, 401));
    expect(await statusesOf('unknown', ALL)).toEqual(all(ALL, 401));
  });

  it('refuses a token of a session that was ended, and of one whose time is over, with 401', async () => {
    const ended = await signIn('ada');
    const token = await apiTokenOf(ended);
    await ended.send('DELETE', '/api/session');
    expect(await statusesOf(token, ALL)).toEqual(all(ALL, 401));
    const limit = { Type: 'AppConfig', Key: 'AuthorizationTokenSessionDuration', Value: '5' };
    const late = await apiTokenOf(await signIn('ada'));
    expect((await askAsClient(test, late, 'POST', CONFIG, limit)).status).toBe(200);
    await test.clock.advance(5 * 60_000);
    expect(await statusesOf(late, ALL)).toEqual(all(ALL, 401));
    const now = await apiTokenOf(await signIn('ada'));
    expect((await askAsClient(test, now, 'DELETE', `${CONFIG}/${limit.Key}`)).status).toBe(200);
  });

  it('refuses what kubectl presents at the gateway with 401', async () => {
    const bearer = await apiTokenOf(await signIn('ada'));
    const { json } = await askAsClient(test, bearer, 'GET', '/v3/admin/plans/nowhere/k8sConfig');
    expect(await statusesOf(json.Token, ALL)).toEqual(all(ALL, 401));
  });

  it('refuses users where administrators are asked for with 403, whether it is there or not', async () => {
    const token = await apiTokenOf(await test.user('grace'));
    expect(await statusesOf(token, FOR_ADMINISTRATORS)).toEqual(all(FOR_ADMINISTRATORS, 403));
  });

  it('refuses changes by read-only administrators with 403', async () => {
    const token = await apiTokenOf(await test.user('auditor', { role: 'Administrator', readOnly: true }));
    const changes = FOR_ADMINISTRATORS.filter(([method]) => method !== 'GET');
    expect(await statusesOf(token, changes)).toEqual(all(changes, 403));
    expect((await askAsClient(test, token, 'GET', '/admin/GetAllUserRoles')).status).toBe(200);
  });

  it('asks for a recent sign-in where users, tenants and access change, and says what to do', async () => {
    const token = await apiTokenOf(await signIn('ada'));
    await test.clock.advance(10 * 60_000);
    expect(await statusesOf(token, RECENT)).toEqual(all(RECENT, 403));
    const { json } = await askAsClient(test, token, 'POST', '/admin/UpdateUserRole', {
      Username: 'new',
      Roles: ['User'],
    });
    expect(json.Message).toContain('sign in to the portal again, make a new API token');
    expect((await askAsClient(test, token, 'GET', '/admin/GetAllUserRoles')).status).toBe(200);
  });

  it('answers what it does not have with a JSON 404, and never with a page', async () => {
    const token = await apiTokenOf(await signIn('ada'));
    expect(await statusesOf(token, NOT_THERE)).toEqual(all(NOT_THERE, 404));
  });

  it('takes no cookie of another site', async () => {
    const browser = await signIn('ada');
    const elsewhere = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const [method, path, body] of ALL) {
      expect([path, (await browser.send(method, path, body, elsewhere)).status]).toEqual([path, 403]);
    }
    // A credential is handed to a page just after signing in alone, and to none that says not where it is from.
    const path = '/v3/admin/plans/nowhere/k8sConfig';
    const cookie = browser.cookieHeader;
    expect((await fetch(test.url + path, { headers: { cookie } })).status).toBe(403);
    expect((await browser.get(path)).status).toBe(200);
    await test.clock.advance(10 * 60_000);
    expect((await browser.get(path)).status).toBe(403);
  });

  it('takes a permanent token for what needs nobody who has just signed in, and at clusters if it was made for them', async () => {
    const browser = await signIn('ada');
    const make = async (name: string, kubernetes: boolean): Promise<{ id: string; token: string }> =>
      (await browser.send('POST', '/api/users/ada/tokens', { name, days: 30, kubernetes })).body;
    const [plain, forClusters] = [await make('terraform', false), await make('pipeline', true)];
    const ask = (token: string, path: string) => askAsClient(test, token, 'GET', path);
    for (const { token } of [plain, forClusters]) {
      expect((await ask(token, CONFIG)).status).toBe(200);
      expect((await ask(token, '/admin/GetTenantsForUser')).status).toBe(200);
      expect(await statusesOf(token, RECENT)).toEqual(all(RECENT, 403));
    }
    const path = '/v3/admin/plans/nowhere/k8sConfig';
    expect((await ask(plain.token, path)).status).toBe(403);
    expect((await ask(forClusters.token, path)).status).toBe(200);
    expect((await browser.send('DELETE', `/api/sessions/${forClusters.id}`)).status).toBe(204);
    expect(await statusesOf(forClusters.token, ALL)).toEqual(all(ALL, 401));
  });

  it('accepts the token of curfew login as well', async () => {
    await test.clock.advance(1);
    const body = { username: 'ada', password: PASSWORD, bearer: true };
    const { token } = (await test.browser().send('POST', '/api/session', body)).body;
    expect((await askAsClient(test, token, 'GET', '/admin/GetAllUserRoles')).status).toBe(200);
    expect((await askAsClient(test, token, 'GET', '/v3/admin/plans/nowhere/k8sConfig')).status).toBe(200);
  });
});
