import { DatabaseSync } from 'node:sqlite';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { DASHBOARD_CLOSE } from '../../src/wire/dashboard.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { openDashboardHouse } from './dashboard-house.ts';
import type { DashboardHouse } from './dashboard-house.ts';
import { connect, connectPage, refusedWith } from './dashboard-page.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const WATCH = '/api/v1/pods?watch=1&resourceVersion=7';
const LOG = '/api/v1/namespaces/dev/pods/web/log?follow=true';
const WHERE = '/k8s/clusters/recording';

let house: DashboardHouse;
let upstream: RecordingUpstream;
let test: TestPortal;
let ada: TestBrowser;

beforeEach(async () => {
  house = await openDashboardHouse();
  ({ upstream, test, ada } = house);
});
afterEach(() => house.close());

/** What was asked for somebody; Curfew itself looks after tenants. */
const asked = () => upstream.recorded.filter(({ rawHeaders }) => rawHeaders.includes('impersonate-user'));
const open = (browser: TestBrowser, tenant?: string) =>
  browser.send('POST', '/api/dashboards', { cluster: 'recording', tenant });
const openId = async (browser: TestBrowser, tenant?: string): Promise<string> =>
  (await open(browser, tenant)).body.sessionId;
const under = (id: string, accept = 'application/json') => ({ 'curfew-kubernetes-session': id, accept });
const createTenant = async (username: string, readOnly = false): Promise<string> => {
  const { body } = await ada.send('POST', '/api/tenants', { name: 'shop', cluster: 'recording', namespace: 'dev' });
  await ada.send('PUT', `/api/tenants/${body.id}/access/${username}`, { readOnly });
  return body.id;
};
const auditOf = async (event: string) =>
  (await ada.get(`/api/audit?search=${event}`)).body.items.map(({ sentence }: { sentence: string }) => sentence);

const streams = async () => (await ada.get('/api/sessions?kind=kubernetes')).body.items[0].streams;

/** Answers watches and logs with a first piece, and leaves them open. */
function streamFirst(piece: string): void {
  upstream.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(piece);
  };
}

describe('opening a dashboard', () => {
  it('starts the Kubernetes session of the place, once, and records it', async () => {
    const first = await open(ada);
    expect(first).toMatchObject({
      status: 201,
      body: { cluster: { id: 'recording' }, tenant: null, readOnly: false, endsBy: { reason: 'inactivity' } },
    });
    expect(await openId(ada)).toBe(first.body.sessionId);
    const { items } = (await ada.get('/api/sessions?kind=kubernetes')).body;
    expect(items).toMatchObject([{ id: first.body.sessionId, clusterId: 'recording' }]);
    expect(await auditOf('dashboard.opened')).toContain('ada opened the dashboard of recording.');
  });

  it('of a tenant is confined to it, and read-only where its access is', async () => {
    const bob = await test.user('bob');
    const shop = await createTenant('bob', true);
    expect((await open(bob)).body).toMatchObject({ code: 'invalid-request', field: 'tenant' });
    const { body } = await open(bob, shop);
    expect(body).toMatchObject({ tenant: { name: 'shop', namespace: 'dev' }, readOnly: true });
    const ask = (path: string, method = 'GET') => bob.send(method, WHERE + path, undefined, under(body.sessionId));
    expect((await ask('/api/v1/namespaces/dev/pods')).status).toBe(200);
    expect((await ask('/api/v1/pods')).status).toBe(403);
    expect((await ask('/api/v1/namespaces/dev/pods/web', 'DELETE')).status).toBe(403);
    expect((await ask('/api/v1/namespaces/dev/secrets')).status).toBe(403);
    expect(asked().map(({ target }) => target)).toEqual(['/api/v1/namespaces/dev/pods']);
    expect(asked()[0]?.rawHeaders.join(' ')).toContain(`curfew:tenant-read-only:${shop}`);
  });

  it('is refused to strangers, to others, and to bearer tokens', async () => {
    expect((await open(test.browser())).status).toBe(401);
    expect((await open(await test.user('bob'))).body.code).toBe('not-found');
    const { body } = await ada.send('POST', '/api/session/api-token');
    const asToken = await test
      .browser()
      .send('POST', '/api/dashboards', { cluster: 'recording' }, { authorization: `Bearer ${body.token}` });
    expect(asToken.status).toBe(401);
  });
});

describe('a request under a Kubernetes session', () => {
  it('is refused once that has ended, and opens no other', async () => {
    const id = await openId(ada);
    expect((await ada.get(`${WHERE}/api/v1/pods`, under(id))).status).toBe(200);
    await ada.send('DELETE', `/api/sessions/${id}`);
    expect((await ada.get(`${WHERE}/api/v1/pods`, under(id))).status).toBe(401);
    expect((await ada.get('/api/sessions?kind=kubernetes')).body.items).toEqual([]);
    expect(asked()).toHaveLength(1);
  });

  it('is refused under that of somebody else, of another browser, or of nobody', async () => {
    const bob = await test.user('bob');
    await createTenant('bob');
    const elsewhere = await test.administrator();
    for (const id of [await openId(ada), 'made-up', '']) {
      expect((await bob.get(`${WHERE}/api/v1/pods`, under(id))).status).toBe(401);
      expect((await elsewhere.get(`${WHERE}/api/v1/pods`, under(id))).status).toBe(401);
    }
    expect((await ada.get('/k8s/clusters/other/api/v1/pods', under(await openId(ada)))).status).toBe(401);
    expect(asked()).toEqual([]);
  });

  it('is refused once the access is gone', async () => {
    const bob = await test.user('bob');
    const shop = await createTenant('bob');
    const id = await openId(bob, shop);
    await ada.send('DELETE', `/api/tenants/${shop}/access/bob`);
    expect((await bob.get(`${WHERE}/api/v1/namespaces/dev/pods`, under(id))).status).toBe(401);
    expect(asked()).toEqual([]);
  });

  it('is recorded where it shows what is in Secrets, and only there', async () => {
    const id = await openId(ada);
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    await ada.get(`${WHERE}/api/v1/namespaces/dev/secrets?includeObject=Metadata`, under(id, table));
    expect(await auditOf('secret.shown')).toEqual([]);
    await ada.get(`${WHERE}/api/v1/namespaces/dev/secrets/key`, under(id));
    await ada.get(`${WHERE}/api/v1/secrets?includeObject=Object`, under(id, table));
    expect(await auditOf('secret.shown')).toEqual([
      'ada asked recording for what is in the Secrets of all namespaces (list).',
      'ada asked recording for what is in the Secret dev/key (get).',
    ]);
  });

  it('shows nothing of a Secret that cannot be recorded', async () => {
    const id = await openId(ada);
    const database = new DatabaseSync(join(test.dataDir, 'data', 'curfew.sqlite'));
    database.exec(`create trigger unrecorded before insert on audit when new.event = 'secret.shown'
      begin select raise(abort, 'the disk is full'); end`);
    try {
      const before = asked().length;
      const refused = await ada.get(`${WHERE}/api/v1/namespaces/dev/secrets/key`, under(id));
      expect([refused.status, refused.body.message]).toEqual([500, 'An error of the portal.']);
      expect(asked()).toHaveLength(before);
    } finally {
      database.exec('drop trigger unrecorded');
      database.close();
    }
  });
});

describe('the websocket of a dashboard', () => {
  it('carries watches as tables and logs as text, and tells of what is over', async () => {
    streamFirst('{"type":"ADDED"}\n');
    const page = await connectPage(ada, await openId(ada));
    page.send({ type: 'open', id: 1, path: WATCH });
    page.send({ type: 'open', id: 2, path: LOG });
    for (const id of [1, 2])
      expect(await page.waitFor({ type: 'data', id })).toMatchObject({ text: '{"type":"ADDED"}\n' });
    const accepts = asked().map(({ target, rawHeaders }) => [
      target,
      rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'accept') + 1],
    ]);
    expect(Object.fromEntries(accepts)).toEqual({
      [WATCH]: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      [LOG]: '*/*',
    });
    expect(await page.waitFor({ type: 'deadline' })).toMatchObject({ warningMinutes: 5 });

    page.send({ type: 'close', id: 1 });
    await expect.poll(streams).toBe(2);
    upstream.answer = (_request, response) => {
      response.writeHead(429, { 'retry-after': '3' }).end('{"kind":"Status","message":"slow down"}');
    };
    page.send({ type: 'open', id: 3, path: WATCH });
    expect(await page.waitFor({ type: 'over', id: 3 })).toMatchObject({
      status: 429,
      message: 'slow down',
      retryAfterMs: 3000,
    });
    upstream.answer = (_request, response) => void response.end('one\n');
    page.send({ type: 'open', id: 4, path: LOG });
    expect(await page.waitFor({ type: 'over', id: 4 })).toMatchObject({ status: 200 });
    page.socket.close();
    await page.closed;
    await expect.poll(streams).toBe(0);
  });

  it('is no activity: a dashboard that only watches ends by inactivity, and says why', async () => {
    streamFirst('');
    const page = await connectPage(ada, await openId(ada));
    for (let minutes = 0; minutes < 29; minutes++) {
      await test.clock.advance(60_000);
      page.send({ type: 'open', id: minutes, path: WATCH });
    }
    await page.waitFor({ type: 'opened', id: 28 });
    await test.clock.advance(60_000);
    expect(await page.closed).toBe(DASHBOARD_CLOSE.ended);
    expect(page.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'inactivity', limit: { value: 30 } });
  });

  it('is kept by what a person does in the page', async () => {
    const id = await openId(ada);
    const page = await connectPage(ada, id);
    for (let minutes = 0; minutes < 45; minutes++) {
      page.send({ type: 'activity' });
      page.send({ type: 'open', id: minutes, path: '/api/v1/none' });
      await page.waitFor({ type: 'over', id: minutes });
      await test.clock.advance(60_000);
    }
    expect((await ada.get('/api/sessions?kind=kubernetes&state=live')).body.items).toMatchObject([{ id }]);
    page.socket.close();
  });

  it('tells where a refusal breaks off, and where a page did not wait for one', async () => {
    const answers: ServerResponse[] = [];
    upstream.answer = (_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"kind":"Status"');
      answers.push(response);
    };
    const page = await connectPage(ada, await openId(ada));
    for (const id of [1, 2]) page.send({ type: 'open', id, path: WATCH });
    await expect.poll(() => answers.length).toBe(2);
    page.send({ type: 'close', id: 2 });
    for (const answer of answers) answer.destroy();
    expect(await page.waitFor({ type: 'over', id: 1 })).toMatchObject({ status: 502 });
    page.socket.close();
  });

  it('asks nothing more of a page that does not read, and cuts it all the same', async () => {
    const id = await openId(ada);
    const page = await connectPage(ada, id);
    page.socket.pause();
    for (let count = 0; count < 200_000; count++) page.send({ type: 'open', id: count, path: '/api/v1/none' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const waiting = page.socket.bufferedAmount;
    expect(waiting).toBeGreaterThan(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // As good as all of it: the end of a frame may have gone.
    expect(page.socket.bufferedAmount).toBeGreaterThan(waiting - 1000);
    await ada.send('DELETE', `/api/sessions/${id}`);
    page.socket.resume();
    expect(await page.closed).not.toBe(1000);
  });

  it('ends with its session at once, upstream and all', async () => {
    streamFirst('{"type":"ADDED"}\n');
    const id = await openId(ada);
    const page = await connectPage(ada, id);
    page.send({ type: 'open', id: 1, path: WATCH });
    await page.waitFor({ type: 'data', id: 1 });
    await ada.send('DELETE', `/api/sessions/${id}`);
    expect(await page.closed).toBe(DASHBOARD_CLOSE.ended);
    expect(page.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'closed' });
    expect(await refusedWith(connect(ada, id))).toBe(401);
  });

  it('opens nothing but streams of this API, and nothing that a pod answers', async () => {
    const page = await connectPage(ada, await openId(ada));
    for (const [id, path] of [
      '/api/v1/pods',
      '/api/v1/namespaces/dev/secrets/key',
      '/api/v1/namespaces/dev/pods/web/proxy/x?watch=1',
      '/api/v1/namespaces/dev/services/web/proxy/?follow=true',
      '/api/v1/../../api/session?watch=1',
    ].entries()) {
      page.send({ type: 'open', id, path });
      expect(await page.waitFor({ type: 'over', id })).toMatchObject({ status: 400 });
    }
    expect(asked()).toEqual([]);
    page.socket.send('nonsense');
    expect(await page.closed).toBe(DASHBOARD_CLOSE.invalid);
  });

  it.each<[string, (id: string) => Promise<WebSocket> | WebSocket]>([
    ['strangers', (id) => connect(test.browser(), id)],
    ['another user', async (id) => connect(await test.user('bob'), id)],
    ['another browser of the same user', async (id) => connect(await test.administrator(), id)],
    ['a page of another site', (id) => connect(ada, id, { origin: 'http://elsewhere.test' })],
    ['a session that never was', () => connect(ada, 'made-up')],
  ])('is refused to %s', async (_who, attempt) => {
    expect([401, 403]).toContain(await refusedWith(await attempt(await openId(ada))));
  });

  it('is given to so many pages of a session and no more', async () => {
    const id = await openId(ada);
    const pages = [];
    for (let page = 0; page < 32; page++) pages.push(await connectPage(ada, id));
    const refused = await connectPage(ada, id);
    // More than a message may be, while it is being refused: that closes it, and nothing else.
    refused.socket.send('x'.repeat(20 * 1024));
    expect(await refused.closed).toBe(DASHBOARD_CLOSE.tooMany);
    expect((await ada.get('/api/session')).status).toBe(200);
    for (const page of pages) page.socket.close();
  });
});
