import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { NAVIGATES, UpstreamHouse } from './upstream-house.ts';

let house: UpstreamHouse;

beforeAll(async () => {
  house = await UpstreamHouse.start();
});
afterAll(() => house.stop());
beforeEach(() => house.renew());

describe('entering', () => {
  it('takes somebody who is signed in where the browser wanted to go, as who they are', async () => {
    const tab = await house.enter(house.ada, '/api/me?x=1');
    const { status, body } = await tab.go('/api/me');
    expect([status, JSON.parse(body)]).toMatchObject([200, { user: 'ada' }]);
    const { headers } = house.app.received.at(-1) ?? {};
    expect(headers).toMatchObject({
      'x-forwarded-user': 'ada',
      'x-forwarded-groups': 'curfew:users,curfew:administrators',
      'x-forwarded-host': tab.host,
      'x-forwarded-proto': 'http',
      host: new URL(house.app.origin).host,
    });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('works once, within a minute, and in the browser that asked', async () => {
    const tab = house.tab();
    const withCode = await house.agree(tab, house.ada);
    const stranger = house.tab();
    expect((await stranger.go(withCode)).status).toBe(401);
    await stranger.go('/');
    expect((await stranger.go(withCode)).status).toBe(401);
    expect((await tab.go(withCode)).status).toBe(303);
    const again = house.tab();
    for (const [name, value] of tab.cookies) again.cookies.set(name, value);
    expect((await again.go(withCode)).status).toBe(401);

    const late = house.tab();
    const lateCode = await house.agree(late, house.ada);
    await house.test.clock.advance(MINUTE_MS + 1);
    const refused = await late.go(lateCode);
    expect([refused.status, refused.body]).toEqual([401, expect.stringContaining('Open the dashboard again')]);
    expect(house.app.received).toEqual([]);
  });

  it('is for one of several tries with the same code at once', async () => {
    const tab = house.tab();
    const withCode = await house.agree(tab, house.ada);
    const cookie = tab.cookieHeader;
    const tries = Array.from({ length: 5 }, () => house.tab().ask('GET', withCode, { ...NAVIGATES, cookie }));
    expect((await Promise.all(tries)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      303, 401, 401, 401, 401,
    ]);
  });

  it('leads nowhere else, whatever the address asks for', async () => {
    for (const path of ['//evil.example/', '/\\evil.example/', '/%5c/evil.example']) {
      const tab = house.tab();
      const entered = await tab.go(await house.agree(tab, house.ada, path));
      expect([path, entered.headers.location]).toEqual([path, path.startsWith('/%') ? path : '/']);
    }
  });

  it('is refused to strangers, programs, ended sessions, and whoever does not reach the cluster', async () => {
    const path = `/api/upstream-dashboards/${house.dashboard.id}/entry`;
    const body = { state: 'x'.repeat(43) };
    expect((await house.test.browser().send('POST', path, body)).status).toBe(401);
    expect((await house.ada.send('POST', path, body, { origin: 'http://small.localhost' })).status).toBe(403);
    const { body: made } = await house.ada.send('POST', '/api/session/tokens');
    const program = house.test.browser();
    expect((await program.send('POST', path, body, { authorization: `Bearer ${made.token}` })).status).toBe(401);
    const eve = await house.test.user('eve');
    expect((await eve.send('POST', path, body)).status).toBe(404);
    expect((await eve.get('/api/upstream-dashboards')).body.items).toEqual([]);
    expect((await house.ada.send('POST', path, { state: 'short' })).status).toBe(400);
    await house.ada.send('DELETE', '/api/session');
    expect((await house.ada.send('POST', path, body)).status).toBe(401);
  });

  it('forgets what the application gave to whoever was there before', async () => {
    const tab = house.tab();
    for (const name of ['small', '__Host-sid']) tab.cookies.set(name, 'before');
    const { headers } = await tab.go(await house.agree(tab, house.ada));
    expect(headers['clear-site-data']).toBe('"storage"');
    expect(headers['set-cookie']).toEqual(
      expect.arrayContaining([
        'small=; Path=/; Secure; Max-Age=0',
        '__Host-sid=; Path=/; Secure; Max-Age=0',
        '__Host-sid=; Path=/; Secure; Max-Age=0; Partitioned',
      ]),
    );
    expect([...tab.cookies.keys()]).toEqual(['__Host-curfew-dashboard']);
  });

  it('again gives another token, and takes the one before', async () => {
    const tab = await house.enter(house.ada);
    const before = house.tab();
    for (const [name, value] of tab.cookies) before.cookies.set(name, value);
    const again = house.tab();
    const withCode = await house.agree(again, house.ada);
    for (const [name, value] of tab.cookies) again.cookies.set(name, value);
    expect((await again.go(withCode)).status).toBe(303);
    expect((await again.fromPage('GET', '/api/me')).status).toBe(200);
    expect((await before.fromPage('GET', '/api/me')).status).toBe(401);
  });
});

describe('what passes', () => {
  it('Curfew’s own cookies and what says who somebody is come from Curfew alone', async () => {
    const tab = await house.enter(house.ada);
    tab.cookies.set('__Host-curfew', 'portal');
    tab.cookies.set('mine', '1');
    const spoofed = ['authorization', 'x-forwarded-user', 'x-forwarded-groups', 'x-webauth-user', 'x_forwarded_user'];
    const known = [
      'remote-user',
      'remote-groups',
      'x-authenticated-user',
      'cf-access-jwt-assertion',
      'impersonate-user',
    ];
    const others = ['x-goog-iap-jwt-assertion', 'tailscale-user-login', 'x-http-method-override', 'x-original-url'];
    await tab.go('/api/me', {
      ...Object.fromEntries([...spoofed, ...known, ...others].map((name) => [name, 'root'])),
      connection: 'keep-alive, x-forwarded-host, x-secret',
      'x-secret': 'root',
      'x-csrf-token': 'passed',
      'x-grafana-org-id': '7',
    });
    const { headers } = house.app.received.at(-1) ?? {};
    expect(headers).toMatchObject({ cookie: 'mine=1', 'x-forwarded-user': 'ada', 'x-forwarded-host': tab.host });
    expect(headers).toMatchObject({ 'x-csrf-token': 'passed', 'x-grafana-org-id': '7' });
    expect(JSON.stringify(headers)).not.toMatch(/root|portal|__Host/);
  });

  it('redirects to the application itself lead to its hostname, others as they say', async () => {
    const tab = await house.enter(house.ada);
    expect((await tab.go('/')).headers.location).toBe(`${tab.origin}/home`);
    expect((await tab.go('/elsewhere')).headers.location).toBe('https://grafana.example/login');
  });

  it('its cookies are of its hostname alone, and none takes the place of Curfew’s', async () => {
    const tab = await house.enter(house.ada);
    const before = tab.cookies.get('__Host-curfew-dashboard');
    const { headers } = await tab.go('/home');
    expect(headers['set-cookie']).toEqual(['small=ada; HttpOnly; Path=/']);
    expect(tab.cookies.get('__Host-curfew-dashboard')).toBe(before);
    expect(JSON.parse((await tab.go('/api/me')).body)).toMatchObject({ cookie: 'ada' });
  });

  it('nothing is kept, shared or framed that the application does not give to everybody', async () => {
    const tab = await house.enter(house.ada);
    const page = await tab.go('/home');
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "frame-ancestors 'self'",
      refresh: '1800; url=/.curfew/ended?from=%2Fhome',
    });
    expect(page.headers).not.toHaveProperty('clear-site-data');
    const data = await tab.fromPage('GET', '/api/me');
    expect(data.headers).not.toHaveProperty('access-control-allow-origin');
    expect(data.headers).not.toHaveProperty('refresh');
    expect((await tab.fromPage('GET', '/app.js')).headers['cache-control']).toBe('public, max-age=60');
    expect((await tab.go('/nowhere')).headers).not.toHaveProperty('www-authenticate');
  });

  it('bodies and websockets, with the origin that the application knows itself by', async () => {
    const tab = await house.enter(house.ada);
    expect((await tab.fromPage('POST', '/api/clicks', '2')).status).toBe(204);
    expect(house.app.received.at(-1)).toMatchObject({ body: '2', headers: { origin: house.app.origin } });
    const socket = tab.websocket();
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('ada: hello');
    const closed = once(socket, 'close');
    socket.close(1000);
    expect((await closed)[0]).toBe(1000);
    await expect.poll(() => house.app.open()).toBe(0);
  });

  it('an upload takes as long as it likes, and may wait to be asked for', async () => {
    const tab = await house.enter(house.ada);
    const page = { host: tab.host, cookie: tab.cookieHeader, origin: tab.origin, 'sec-fetch-site': 'same-origin' };
    const { port } = new URL(house.test.url);
    const headers = { ...page, expect: '100-continue' };
    const uploading = request({ port, host: '127.0.0.1', method: 'POST', path: '/api/clicks', headers });
    uploading.write('1');
    await once(uploading, 'continue');
    await house.test.clock.advance(MINUTE_MS);
    uploading.end('0');
    const [answer] = await once(uploading, 'response');
    expect([answer.statusCode, house.app.received.at(-1)?.body]).toEqual([204, '10']);
  });
});

describe('other pages', () => {
  it('write, read and open nothing there, and no worker outlives the session', async () => {
    const tab = await house.enter(house.ada);
    house.app.received.length = 0;
    for (const site of ['cross-site', 'same-site']) {
      const answers = [
        await tab.ask('GET', '/api/me', { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }),
        await tab.ask('GET', '/home', { ...NAVIGATES, 'sec-fetch-site': site, 'sec-fetch-dest': 'iframe' }),
        await tab.ask('POST', '/api/clicks', { ...NAVIGATES, 'sec-fetch-site': site, origin: house.test.url }, '1'),
        await tab.ask('POST', '/api/clicks', {}, '1'),
        await tab.fromPage('GET', '/api/me', '', { origin: 'null' }),
        await tab.fromPage('GET', '/app.js', '', { 'service-worker': 'script' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    }
    const [refused] = await once(tab.websocket({ origin: house.test.url }), 'unexpected-response').then(
      ([, answer]) => [answer],
    );
    expect(refused.statusCode).toBe(403);
    expect(house.app.received).toEqual([]);
  });

  it('the portal itself is not served under the hostname, and no dashboard under another one', async () => {
    const tab = await house.enter(house.ada);
    expect((await tab.fromPage('GET', '/api/session')).body).toBe('nothing here');
    expect((await house.tab('other.localhost').go('/')).status).toBe(421);
    expect((await tab.ask('GET', 'http://small.localhost/', NAVIGATES)).status).toBe(400);
  });

  it('a token of a dashboard is of no use elsewhere, and another one of none there', async () => {
    const tab = await house.enter(house.ada);
    const token = tab.cookies.get('__Host-curfew-dashboard') ?? '';
    const stranger = house.test.browser();
    stranger.cookies.set('__Host-curfew', token);
    expect((await stranger.get('/api/session')).status).toBe(401);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await house.test.browser().get('/api/session', bearer)).status).toBe(401);
    expect((await house.test.browser().get('/k8s/clusters/nowhere/api', bearer)).status).toBe(401);
    const second = (await house.register({ hostname: 'second.localhost', name: 'Second' })).body;
    const elsewhere = house.tab('second.localhost');
    for (const each of [token, `${second.id}.${token.split('.')[1]}`, house.ada.cookies.get('__Host-curfew') ?? '']) {
      elsewhere.cookies.set('__Host-curfew-dashboard', each);
      expect((await elsewhere.fromPage('GET', '/api/me')).status).toBe(401);
    }
    await house.ada.send('DELETE', `/api/upstream-dashboards/${second.id}`);
  });
});
