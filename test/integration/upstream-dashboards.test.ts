import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { startSmallWebApp } from '../support/small-web-app.ts';
import type { SmallWebApp } from '../support/small-web-app.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const HOSTNAME = 'small.localhost';
const NAVIGATES = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-site' };

let app: SmallWebApp;
let test: TestPortal;
let ada: TestBrowser;
let dashboard: { id: string; url: string };

beforeAll(async () => {
  app = await startSmallWebApp();
  test = await startTestPortal({
    kubeconfig: unreachableKubeconfig(),
    flags: { 'dashboard-networks': '127.0.0.1' },
  });
  ada = await test.administrator();
  dashboard = (await register({})).body;
});
afterAll(async () => {
  await test.stop();
  await app.stop();
});
beforeEach(async () => {
  app.received.length = 0;
  await test.clock.advance(1);
  ada = await test.administrator();
});

function register(changes: Record<string, unknown>, by = ada) {
  const given = { cluster: 'nowhere', name: 'Small app', hostname: HOSTNAME, upstream: app.origin, ...changes };
  return by.send('POST', '/api/upstream-dashboards', given);
}

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A browser at a dashboard's hostname, which leads to the portal's own port. */
class Tab {
  readonly cookies = new Map<string, string>();
  readonly hostname: string;

  constructor(hostname = HOSTNAME) {
    this.hostname = hostname;
  }

  get host(): string {
    return `${this.hostname}:${new URL(test.url).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<RawAnswer> {
    const { port } = new URL(test.url);
    const cookie = this.cookies.size === 0 ? {} : { cookie: this.cookieHeader };
    const asking = requestHttp({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { host: this.host, ...cookie, ...headers },
    });
    // A stream that is cut is an error of its answer.
    asking.on('error', () => undefined).end(body);
    const [answer] = await once(asking, 'response');
    let text = '';
    for await (const part of answer.setEncoding('utf8')) text += part;
    for (const set of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = String(set).split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: answer.statusCode, headers: answer.headers, body: text };
  }

  go(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return this.ask('GET', path, { ...NAVIGATES, 'sec-fetch-user': '?1', ...headers });
  }

  fromPage(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<RawAnswer> {
    return this.ask(
      method,
      path,
      { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', origin: this.origin, ...headers },
      body,
    );
  }

  websocket(headers: Record<string, string> = {}): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${new URL(test.url).port}/socket`, {
      headers: { host: this.host, cookie: this.cookieHeader, origin: this.origin, ...headers },
      perMessageDeflate: true,
    });
  }
}

/** Begins at a path, and agrees at the portal. @returns the address with the code */
async function agree(tab: Tab, who: TestBrowser, path = '/'): Promise<string> {
  const begun = await tab.go(path);
  expect(begun.status).toBe(303);
  const portal = new URL(begun.headers.location ?? '');
  expect([portal.origin, portal.pathname]).toEqual([test.url, `/enter/${dashboard.id}`]);
  const state = portal.searchParams.get('state');
  const { status, body } = await who.send('POST', `/api/upstream-dashboards/${dashboard.id}/entry`, { state });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(new URL(body.url).host).toBe(tab.host);
  return new URL(body.url).pathname + new URL(body.url).search;
}

async function enter(who: TestBrowser, path = '/'): Promise<Tab> {
  const tab = new Tab();
  const entered = await tab.go(await agree(tab, who, path));
  expect([entered.status, entered.headers.location]).toEqual([303, path]);
  return tab;
}

describe('entering', () => {
  it('takes somebody who is signed in where the browser wanted to go, as who they are', async () => {
    const tab = await enter(ada, '/api/me?x=1');
    const { status, body } = await tab.go('/api/me');
    expect([status, JSON.parse(body)]).toMatchObject([200, { user: 'ada' }]);
    const { headers } = app.received.at(-1) ?? {};
    expect(headers).toMatchObject({
      'x-forwarded-user': 'ada',
      'x-forwarded-groups': 'curfew:users,curfew:administrators',
      'x-forwarded-host': tab.host,
      'x-forwarded-proto': 'http',
      host: new URL(app.origin).host,
    });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('works once, within a minute, and in the browser that asked', async () => {
    const tab = new Tab();
    const withCode = await agree(tab, ada);
    const stranger = new Tab();
    expect((await stranger.go(withCode)).status).toBe(401);
    await stranger.go('/');
    expect((await stranger.go(withCode)).status).toBe(401);
    expect((await tab.go(withCode)).status).toBe(303);
    const again = new Tab();
    for (const [name, value] of tab.cookies) again.cookies.set(name, value);
    expect((await again.go(withCode)).status).toBe(401);

    const late = new Tab();
    const lateCode = await agree(late, ada);
    await test.clock.advance(MINUTE_MS + 1);
    const refused = await late.go(lateCode);
    expect([refused.status, refused.body]).toEqual([401, expect.stringContaining('Open the dashboard again')]);
    expect(app.received).toEqual([]);
  });

  it('is for one of several tries with the same code at once', async () => {
    const tab = new Tab();
    const withCode = await agree(tab, ada);
    const cookie = tab.cookieHeader;
    const tries = Array.from({ length: 5 }, () => new Tab().ask('GET', withCode, { ...NAVIGATES, cookie }));
    expect((await Promise.all(tries)).map(({ status }) => status).toSorted()).toEqual([303, 401, 401, 401, 401]);
  });

  it('leads nowhere else, whatever the address asks for', async () => {
    for (const path of ['//evil.example/', '/\\evil.example/', '/%5c/evil.example']) {
      const tab = new Tab();
      const entered = await tab.go(await agree(tab, ada, path));
      expect([path, entered.headers.location]).toEqual([path, path.startsWith('/%') ? path : '/']);
    }
  });

  it('is refused to strangers, programs, ended sessions, and whoever does not reach the cluster', async () => {
    const path = `/api/upstream-dashboards/${dashboard.id}/entry`;
    const body = { state: 'x'.repeat(43) };
    expect((await test.browser().send('POST', path, body)).status).toBe(401);
    expect((await ada.send('POST', path, body, { origin: 'http://small.localhost' })).status).toBe(403);
    const { body: made } = await ada.send('POST', '/api/session/tokens');
    const program = test.browser();
    expect((await program.send('POST', path, body, { authorization: `Bearer ${made.token}` })).status).toBe(401);
    const eve = await test.user('eve');
    expect((await eve.send('POST', path, body)).status).toBe(404);
    expect((await eve.get('/api/upstream-dashboards')).body.items).toEqual([]);
    expect((await ada.send('POST', path, { state: 'short' })).status).toBe(400);
    await ada.send('DELETE', '/api/session');
    expect((await ada.send('POST', path, body)).status).toBe(401);
  });

  it('forgets what the application gave to whoever was there before', async () => {
    const tab = await enter(ada);
    await tab.go('/home');
    expect(tab.cookies.get('small')).toBe('ada');
    const code = await agree(Object.assign(new Tab(), { cookies: new Map([['small', 'ada']]) }), ada).catch(String);
    expect(code).toContain('/.curfew/enter');
    const again = new Tab();
    again.cookies.set('small', 'ada');
    await again.go(await agree(again, ada));
    expect(again.cookies.has('small')).toBe(false);
  });
});

describe('what passes', () => {
  it('Curfew’s own cookies and what says who somebody is come from Curfew alone', async () => {
    const tab = await enter(ada);
    tab.cookies.set('__Host-curfew', 'portal');
    tab.cookies.set('mine', '1');
    await tab.go('/api/me', {
      authorization: 'Bearer somebody',
      'x-forwarded-user': 'root',
      'x-webauth-user': 'root',
      'remote-user': 'root',
      x_forwarded_user: 'root',
      'impersonate-user': 'root',
      'x-forwarded-groups': 'root',
      connection: 'keep-alive, x-forwarded-host, x-secret',
      'x-secret': 'hop by hop',
    });
    const { headers } = app.received.at(-1) ?? {};
    expect(headers).toMatchObject({ cookie: 'mine=1', 'x-forwarded-user': 'ada', 'x-forwarded-host': tab.host });
    expect(JSON.stringify(headers)).not.toMatch(/root|somebody|portal|hop by hop|__Host/);
  });

  it('redirects to the application itself lead to its hostname, others as they say', async () => {
    const tab = await enter(ada);
    expect((await tab.go('/')).headers.location).toBe(`${tab.origin}/home`);
    expect((await tab.go('/elsewhere')).headers.location).toBe('https://grafana.example/login');
  });

  it('its cookies are of its hostname alone, and none takes the place of Curfew’s', async () => {
    const tab = await enter(ada);
    const before = tab.cookies.get('__Host-curfew-dashboard');
    const { headers } = await tab.go('/home');
    expect(headers['set-cookie']).toEqual(['small=ada; HttpOnly; Path=/']);
    expect(tab.cookies.get('__Host-curfew-dashboard')).toBe(before);
    expect(JSON.parse((await tab.go('/api/me')).body)).toMatchObject({ cookie: 'ada' });
  });

  it('nothing is kept, shared or framed that the application does not give to everybody', async () => {
    const tab = await enter(ada);
    const page = await tab.go('/home');
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "frame-ancestors 'self'",
      refresh: '1800; url=/.curfew/ended',
    });
    expect(page.headers).not.toHaveProperty('clear-site-data');
    const data = await tab.fromPage('GET', '/api/me');
    expect(data.headers).not.toHaveProperty('access-control-allow-origin');
    expect(data.headers).not.toHaveProperty('refresh');
    expect((await tab.fromPage('GET', '/app.js')).headers['cache-control']).toBe('public, max-age=60');
    expect((await tab.go('/nowhere')).headers).not.toHaveProperty('www-authenticate');
  });

  it('bodies and websockets, with the origin that the application knows itself by', async () => {
    const tab = await enter(ada);
    expect((await tab.fromPage('POST', '/api/clicks', '2')).status).toBe(204);
    expect(app.received.at(-1)).toMatchObject({ body: '2', headers: { origin: app.origin } });
    const socket = tab.websocket();
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('ada: hello');
    const closed = once(socket, 'close');
    socket.close(1000);
    expect((await closed)[0]).toBe(1000);
    await expect.poll(() => app.open()).toBe(0);
  });
});

describe('other pages', () => {
  it('write, read and open nothing there, and no worker outlives the session', async () => {
    const tab = await enter(ada);
    app.received.length = 0;
    for (const site of ['cross-site', 'same-site']) {
      const answers = [
        await tab.ask('GET', '/api/me', { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }),
        await tab.ask('GET', '/home', { ...NAVIGATES, 'sec-fetch-site': site, 'sec-fetch-dest': 'iframe' }),
        await tab.ask('POST', '/api/clicks', { ...NAVIGATES, 'sec-fetch-site': site, origin: test.url }, '1'),
        await tab.ask('POST', '/api/clicks', {}, '1'),
        await tab.fromPage('GET', '/api/me', '', { origin: 'null' }),
        await tab.fromPage('GET', '/app.js', '', { 'service-worker': 'script' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    }
    const [refused] = await once(tab.websocket({ origin: test.url }), 'unexpected-response').then(([, answer]) => [
      answer,
    ]);
    expect(refused.statusCode).toBe(403);
    expect(app.received).toEqual([]);
  });

  it('the portal itself is not served under the hostname, and no dashboard under another one', async () => {
    const tab = await enter(ada);
    expect((await tab.fromPage('GET', '/api/session')).body).toBe('nothing here');
    expect((await new Tab('other.localhost').go('/')).status).toBe(421);
    expect((await tab.ask('GET', 'http://small.localhost/', NAVIGATES)).status).toBe(400);
  });

  it('a token of a dashboard is of no use elsewhere, and another one of none there', async () => {
    const tab = await enter(ada);
    const token = tab.cookies.get('__Host-curfew-dashboard') ?? '';
    const stranger = test.browser();
    stranger.cookies.set('__Host-curfew', token);
    expect((await stranger.get('/api/session')).status).toBe(401);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await test.browser().get('/api/session', bearer)).status).toBe(401);
    expect((await test.browser().get('/k8s/clusters/nowhere/api', bearer)).status).toBe(401);
    const second = (await register({ hostname: 'second.localhost', name: 'Second' })).body;
    const elsewhere = new Tab('second.localhost');
    for (const each of [token, `${second.id}.${token.split('.')[1]}`, ada.cookies.get('__Host-curfew') ?? '']) {
      elsewhere.cookies.set('__Host-curfew-dashboard', each);
      expect((await elsewhere.fromPage('GET', '/api/me')).status).toBe(401);
    }
    await ada.send('DELETE', `/api/upstream-dashboards/${second.id}`);
  });
});

describe('the end', () => {
  /** An open event stream and an open websocket. */
  async function openStreams(tab: Tab) {
    const socket = tab.websocket();
    await once(socket, 'open');
    const events = tab.fromPage('GET', '/events').then(
      () => 'ended',
      (error: Error) => error.message,
    );
    await expect.poll(() => app.open()).toBe(2);
    return { closed: once(socket, 'close'), events };
  }

  it('of the Kubernetes session cuts streams at that instant and sends everybody to the portal', async () => {
    const tab = await enter(ada);
    const { closed, events } = await openStreams(tab);
    // By inactivity it would have ended before.
    await test.clock.advance(29 * MINUTE_MS);
    expect((await tab.go('/home')).headers['refresh']).toBe('1800; url=/.curfew/ended');
    await test.clock.advance(29 * MINUTE_MS);
    expect((await tab.go('/home')).headers['refresh']).toBe('120; url=/.curfew/ended');
    await test.clock.advance(2 * MINUTE_MS);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1008, expect.stringContaining('Maximum K8s Session Duration')]);
    expect(await events).not.toBe('ended');
    await expect.poll(() => app.open()).toBe(0);
    app.received.length = 0;
    const data = await tab.fromPage('GET', '/api/me');
    expect([data.status, JSON.parse(data.body)]).toMatchObject([
      401,
      { code: 'session-ended', endReason: 'max-duration' },
    ]);
    expect((await tab.go('/.curfew/ended')).status).toBe(303);
    expect((await tab.go('/home')).headers.location).toMatch(`${test.url}/enter/${dashboard.id}?state=`);
    expect(app.received).toEqual([]);
  });

  it('by signing out at the portal is the end there too', async () => {
    const tab = await enter(ada);
    const { closed, events } = await openStreams(tab);
    await ada.send('DELETE', '/api/session');
    expect((await closed)[0]).toBe(1008);
    expect(await events).not.toBe('ended');
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
  });

  it('is looked for by the page itself, which stays while the session goes on', async () => {
    const tab = await enter(ada);
    const { status, body } = await tab.go('/.curfew/ended');
    expect([status, body]).toEqual([204, '']);
  });

  it('comes by inactivity, whatever a page asks for by itself; going somewhere and changing something is activity', async () => {
    await ada.send('PUT', '/api/system-config/K8sSessionInactivityTimeout', { type: 'AppConfig', value: '10' });
    try {
      const tab = await enter(ada);
      for (let minutes = 0; minutes < 9; minutes += 3) {
        await test.clock.advance(3 * MINUTE_MS);
        expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
        expect((await tab.fromPage('POST', '/api/clicks', '1')).status).toBe(204);
      }
      expect((await tab.go('/home')).headers['refresh']).toBe('600; url=/.curfew/ended');
      await test.clock.advance(9 * MINUTE_MS);
      expect((await tab.fromPage('DELETE', '/api/me')).status).toBe(200);
      await test.clock.advance(9 * MINUTE_MS);
      expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
      await test.clock.advance(MINUTE_MS);
      expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
    } finally {
      await (await test.administrator()).send('DELETE', '/api/system-config/K8sSessionInactivityTimeout');
    }
  });

  it('comes with the registration: its streams are dropped, and its hostname is nobody’s', async () => {
    const hostname = 'gone.localhost';
    const gone = (await register({ hostname })).body;
    const tab = new Tab(hostname);
    const state = new URL((await tab.go('/')).headers.location ?? '').searchParams.get('state');
    const { body } = await ada.send('POST', `/api/upstream-dashboards/${gone.id}/entry`, { state });
    await tab.go(new URL(body.url).pathname + new URL(body.url).search);
    const { closed, events } = await openStreams(tab);
    expect((await ada.send('DELETE', `/api/upstream-dashboards/${gone.id}`)).status).toBe(204);
    await closed;
    expect(await events).not.toBe('ended');
    expect((await tab.go('/home')).status).toBe(421);
    expect((await ada.send('DELETE', `/api/upstream-dashboards/${gone.id}`)).status).toBe(404);
  });

  it('of access to the cluster is one', async () => {
    const zoe = await test.user('zoe');
    const granted = await ada.send('PUT', '/api/clusters/nowhere/grants/user/zoe');
    expect(granted.status).toBeLessThan(300);
    const tab = await enter(zoe);
    const { closed } = await openStreams(tab);
    await ada.send('DELETE', '/api/clusters/nowhere/grants/user/zoe');
    expect((await closed)[0]).toBe(1008);
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
  });
});

describe('read-only users', () => {
  it('see what it shows by itself, and send it nothing', async () => {
    const reader = await test.user('reader', { role: 'Administrator', readOnly: true });
    const tab = await enter(reader);
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
    expect(app.received.at(-1)?.headers['x-forwarded-groups']).toBe('curfew:read-only');
    expect((await tab.fromPage('POST', '/api/clicks', '1')).status).toBe(403);
    const [, refused] = await once(tab.websocket(), 'unexpected-response');
    expect(refused.statusCode).toBe(403);
    expect((await register({ hostname: 'another.localhost' }, reader)).status).toBe(403);
    expect((await reader.send('DELETE', `/api/upstream-dashboards/${dashboard.id}`)).status).toBe(403);
  });
});

describe('registering', () => {
  it.each([
    ['hostname', { hostname: 'localhost' }],
    ['hostname', { hostname: 'Small.localhost' }],
    ['hostname', { hostname: '10.0.0.1' }],
    ['hostname', { hostname: 'small.localhost:8080' }],
    ['upstream', { upstream: 'http://10.0.0.1/path' }],
    ['upstream', { upstream: 'file:///etc/passwd' }],
    ['upstream', { upstream: 'https://me:secret@10.0.0.1' }],
    ['upstream', { upstream: 'https://10.0.0.1?x' }],
    ['name', { name: '' }],
    ['name', { name: 'a\u0000b' }],
    ['cluster', { cluster: 'no-such' }],
  ])('says which %s is allowed in place of %j', async (field, changes) => {
    const { status, body } = await register({ hostname: 'new.localhost', ...changes });
    expect([status, body.field]).toEqual([400, field]);
  });

  it('takes a hostname once, and never the portal’s own', async () => {
    const taken = await register({ name: 'Other' });
    expect([taken.status, taken.body.field]).toEqual([409, 'hostname']);
    expect((await register({ hostname: '127.0.0.1' })).body.detail).toMatch(/hostname/i);
  });

  it('is for administrators alone, who alone see where it is', async () => {
    const joe = await test.user('joe', {});
    expect((await register({ hostname: 'joe.localhost' }, joe)).status).toBe(403);
    expect((await register({ hostname: 'joe.localhost' }, test.browser())).status).toBe(401);
    await ada.send('PUT', '/api/clusters/nowhere/grants/user/joe');
    const [seen] = (await joe.get('/api/upstream-dashboards')).body.items;
    expect(seen).toMatchObject({ name: 'Small app', hostname: HOSTNAME, upstream: null, passesCredential: null });
    expect((await ada.get('/api/upstream-dashboards')).body.items[0]).toMatchObject({ upstream: app.origin });
    expect((await joe.send('DELETE', `/api/upstream-dashboards/${dashboard.id}`)).status).toBe(403);
  });

  it('stands after a restart, and who had entered is still there', async () => {
    const tab = await enter(ada);
    await test.restart();
    expect((await tab.fromPage('GET', '/api/me').catch(() => null)) ?? { status: 0 }).toBeTruthy();
    expect((await ada.at(test.url).get('/api/upstream-dashboards')).body.items).toHaveLength(1);
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
  });
});

describe('an upstream that fails', () => {
  it.each([
    ['is not there', 'http://127.0.0.1:1', /connection refused/],
    ['is at a local address that is not allowed', 'http://127.0.0.2:1', /--dashboard-networks/],
    ['has a name that leads to one', 'http://localhost.localdomain:1', /cannot be (?:resolved|reached)/],
    ['is the cloud’s metadata', 'http://169.254.169.254', /--dashboard-networks/],
    ['does not speak TLS', () => app.origin.replace('http', 'https'), /does not speak TLS/],
  ])('%s: says so', async (_what, upstream, why) => {
    const hostname = 'failing.localhost';
    const url = typeof upstream === 'string' ? upstream : upstream();
    const { id } = (await register({ hostname, upstream: url })).body;
    const tab = new Tab(hostname);
    const state = new URL((await tab.go('/')).headers.location ?? '').searchParams.get('state');
    const { body } = await ada.send('POST', `/api/upstream-dashboards/${id}/entry`, { state });
    await tab.go(new URL(body.url).pathname + new URL(body.url).search);
    const page = await tab.go('/');
    expect([page.status, page.body]).toEqual([503, expect.stringMatching(why)]);
    const [, refused] = await once(tab.websocket(), 'unexpected-response');
    expect(refused.statusCode).toBe(503);
    await ada.send('DELETE', `/api/upstream-dashboards/${id}`);
  });
});

it('with a credential, an upstream acts at the gateway as whoever entered, until the session ends', async () => {
  const hostname = 'acting.localhost';
  const { id } = (await register({ hostname, passesCredential: true })).body;
  const tab = new Tab(hostname);
  const state = new URL((await tab.go('/')).headers.location ?? '').searchParams.get('state');
  const { body } = await ada.send('POST', `/api/upstream-dashboards/${id}/entry`, { state });
  await tab.go(new URL(body.url).pathname + new URL(body.url).search);
  await Promise.all(Array.from({ length: 5 }, () => tab.fromPage('GET', '/api/me')));
  const given = new Set(app.received.map(({ headers }) => headers.authorization));
  expect(given.size).toBe(1);
  const [authorization = ''] = given;
  const asActing = () => test.browser().get('/k8s/clusters/nowhere/api', { authorization });
  // The cluster cannot be reached: that it is asked at all is what counts.
  expect((await asActing()).status).toBeGreaterThanOrEqual(502);
  expect((await test.browser().get('/api/session', { authorization })).status).toBe(401);
  await ada.send('DELETE', '/api/session');
  expect((await asActing()).status).toBe(401);
  await ada.signIn('ada');
  await ada.send('DELETE', `/api/upstream-dashboards/${id}`);
});

it('what was asked and entered is in the record, and no token is in the log', async () => {
  const tab = await enter(ada);
  await tab.go('/home');
  const { items } = (await ada.get('/api/audit?search=Small%20app')).body;
  const sentences = items.map(({ sentence }: { sentence: string }) => sentence);
  expect(sentences).toContain('ada asked to enter Small app at nowhere.');
  expect(sentences).toContain('ada entered Small app at nowhere.');
  await wait(0);
  for (const value of tab.cookies.values()) expect(test.logs()).not.toContain(value);
});
