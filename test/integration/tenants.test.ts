import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

let test: TestPortal;
let administrator: TestBrowser;
let dev: string;
beforeEach(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  administrator = await test.administrator();
  dev = await create('dev');
});
afterEach(() => test.stop());

async function create(name: string, cluster = 'nowhere'): Promise<string> {
  const { status, body } = await administrator.send('POST', '/api/tenants', { name, cluster });
  expect(status).toBe(201);
  return body.id as string;
}
async function give(username: string, id = dev, readOnly = false): Promise<void> {
  expect((await administrator.send('PUT', `/api/tenants/${id}/access/${username}`, { readOnly })).status).toBe(204);
}
const tokenOf = (body: { kubeconfig: string }) => ({
  authorization: `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`,
});

describe('tenants', () => {
  it('are created, listed with who may enter and who is in, and deleted', async () => {
    expect((await administrator.get('/api/tenants')).body.items).toMatchObject([
      { id: dev, name: 'dev', cluster: 'nowhere', namespace: 'duploservices-dev', bindings: 'managed', users: 0 },
    ]);
    const grace = await test.user('grace');
    await give('grace');
    await grace.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${dev}`);
    const { body } = await administrator.get(`/api/tenants/${dev}`);
    expect(body).toMatchObject({
      users: 1,
      sessions: 1,
      access: [{ username: 'grace', readOnly: false, sessions: 1 }],
    });
    expect((await administrator.get('/api/tenants')).body.items[0]).toMatchObject({ users: 1, sessions: 1 });
    expect((await administrator.send('DELETE', `/api/tenants/${dev}`)).status).toBe(204);
    expect((await administrator.get('/api/tenants')).body.items).toEqual([]);
    expect((await administrator.get(`/api/tenants/${dev}`)).body.code).toBe('not-found');
  });

  it.each([
    [{ name: 'dev', cluster: 'nowhere' }, 409, 'name'],
    [{ name: 'two', cluster: 'nowhere', namespace: 'duploservices-dev' }, 409, 'namespace'],
    [{ name: 'Two', cluster: 'nowhere' }, 400, 'name'],
    [{ name: 'two', cluster: 'nowhere', namespace: 'kube-public' }, 400, 'namespace'],
    [{ name: 'two', cluster: 'made-up' }, 400, 'cluster'],
  ])('%o are refused, with the field', async (body, status, field) => {
    const answer = await administrator.send('POST', '/api/tenants', body);
    expect([answer.status, answer.body.field]).toEqual([status, field]);
  });

  it('give access to users that there are', async () => {
    const to = (id: string, username: string) => administrator.send('PUT', `/api/tenants/${id}/access/${username}`, {});
    expect((await to(dev, 'nobody')).status).toBe(404);
    expect((await to('made-up', 'ada')).status).toBe(404);
    expect((await administrator.send('DELETE', `/api/tenants/${dev}/access/nobody`)).status).toBe(404);
  });
});

describe('a user with a tenant', () => {
  let grace: TestBrowser;
  beforeEach(async () => {
    grace = await test.user('grace');
    await give('grace', dev, true);
  });
  const list = async (browser: TestBrowser) => (await browser.get('/api/clusters')).body.items;

  it('sees the cluster through it, and nothing else', async () => {
    const tenant = { id: dev, name: 'dev', namespace: 'duploservices-dev', readOnly: true, session: null };
    expect(await list(grace)).toMatchObject([{ id: 'nowhere', whole: false, session: null, tenants: [tenant] }]);
    expect(await list(await test.user('alan'))).toEqual([]);
    expect(await list(administrator)).toMatchObject([
      { id: 'nowhere', whole: true, tenants: [{ ...tenant, readOnly: false }] },
      { id: 'elsewhere', whole: true, tenants: [] },
    ]);
  });

  it('must name it where a session begins', async () => {
    for (const what of ['kubeconfig', 'credential']) {
      const { status, body } = await grace.send('POST', `/api/clusters/nowhere/${what}`);
      expect([status, body.field, body.detail]).toEqual([
        400,
        'tenant',
        'You reach this cluster through tenants only. Name one of yours: dev.',
      ]);
    }
    expect((await grace.send('POST', '/api/shells', { cluster: 'nowhere' })).body.field).toBe('tenant');
    expect((await grace.send('POST', '/api/clusters/elsewhere/kubeconfig')).status).toBe(404);
  });

  it('has a kubeconfig for its namespace, and a session that says so', async () => {
    const { status, body } = await grace.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${dev}`);
    expect([status, body.filename]).toEqual([201, 'curfew-nowhere.dev.kubeconfig']);
    expect(body.kubeconfig).toContain('namespace: duploservices-dev');
    expect(body.kubeconfig).toContain('current-context: curfew-nowhere.dev');
    const [cluster] = await list(grace);
    expect(cluster).toMatchObject({ session: null, tenants: [{ session: { endsBy: { reason: 'inactivity' } } }] });
    const { items } = (await grace.get('/api/sessions?kind=kubernetes')).body;
    expect(items).toMatchObject([
      { id: cluster.tenants[0].session.id, clusterId: 'nowhere', tenant: { id: dev, name: 'dev' } },
    ]);
    const credential = await grace.send('POST', `/api/clusters/nowhere/credential?tenant=${dev}`);
    expect(credential.body.sessionId).toBe(items[0].id);
  });

  it('is refused another tenant, and this one at another cluster, as if it were not there', async () => {
    const prod = await create('prod');
    for (const path of [`nowhere/kubeconfig?tenant=${prod}`, `elsewhere/kubeconfig?tenant=${dev}`]) {
      const answer = await grace.send('POST', `/api/clusters/${path}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
    }
    const shell = await grace.send('POST', '/api/shells', { cluster: 'nowhere', tenant: prod });
    expect(shell.body.code).toBe('not-found');
  });

  it('has a cookie and a token that open nothing of the whole cluster', async () => {
    const { body } = await grace.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${dev}`);
    const at = (cluster: string) => test.browser().get(`/k8s/clusters/${cluster}/api/v1/nodes`, tokenOf(body));
    expect((await at('nowhere')).status).toBe(403);
    expect((await at('elsewhere')).status).toBe(401);
    const page = await grace.get('/k8s/clusters/nowhere/api', { 'curfew-request': '1' });
    expect(page.status).toBe(403);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['access is taken away', () => administrator.send('DELETE', `/api/tenants/${dev}/access/grace`)],
    ['the tenant is deleted', () => administrator.send('DELETE', `/api/tenants/${dev}`)],
  ])('is out once %s, with every session in it', async (_, takeAway) => {
    const { body } = await grace.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${dev}`);
    await takeAway();
    expect(await list(grace)).toEqual([]);
    const answer = await test.browser().get('/k8s/clusters/nowhere/api', tokenOf(body));
    expect(answer.body).toMatchObject({ kind: 'Status', code: 401 });
    const { items } = (await grace.get('/api/sessions?kind=kubernetes&state=ended')).body;
    expect(items).toMatchObject([{ end: { reason: 'revoked' } }]);
    expect((await grace.get('/api/session')).status).toBe(200);
  });

  it('loses what was full when it becomes read-only, and nothing when it becomes more', async () => {
    const open = () => grace.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${dev}`);
    const ended = async () => (await grace.get('/api/sessions?kind=kubernetes&state=ended')).body.total;
    await open();
    await give('grace');
    expect(await ended()).toBe(0);
    await give('grace', dev, true);
    expect(await ended()).toBe(1);
    expect((await open()).body.code).toBe('reauthentication-required');
    await test.clock.advance(1);
    await grace.signIn('grace');
    expect((await open()).status).toBe(201);
  });
});
