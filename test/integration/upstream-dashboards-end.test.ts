import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { UpstreamHouse } from './upstream-house.ts';

let house: UpstreamHouse;

beforeAll(async () => {
  house = await UpstreamHouse.start();
});
afterAll(() => house.stop());
beforeEach(() => house.renew());

describe('the end', () => {
  it('of the Kubernetes session cuts streams at that instant and sends everybody to the portal', async () => {
    const tab = await house.enter(house.ada);
    const { closed, events } = await house.openStreams(tab);
    // By inactivity it would have ended before.
    await house.test.clock.advance(29 * MINUTE_MS);
    expect((await tab.go('/home')).headers['refresh']).toBe('1800; url=/.curfew/ended?from=%2Fhome');
    await house.test.clock.advance(29 * MINUTE_MS);
    expect((await tab.go('/home')).headers['refresh']).toBe('120; url=/.curfew/ended?from=%2Fhome');
    await house.test.clock.advance(2 * MINUTE_MS);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1008, expect.stringContaining('Maximum K8s Session Duration')]);
    expect(await events).not.toBe('ended');
    await expect.poll(() => house.app.open()).toBe(0);
    house.app.received.length = 0;
    const data = await tab.fromPage('GET', '/api/me');
    expect([data.status, JSON.parse(data.body)]).toMatchObject([
      401,
      { code: 'session-ended', endReason: 'max-duration' },
    ]);
    expect((await tab.go('/.curfew/ended')).status).toBe(303);
    expect((await tab.go('/home')).headers.location).toMatch(`${house.test.url}/enter/${house.dashboard.id}?state=`);
    expect(house.app.received).toEqual([]);
  });

  it('by signing out at the portal is the end there too', async () => {
    const tab = await house.enter(house.ada);
    const { closed, events } = await house.openStreams(tab);
    await house.ada.send('DELETE', '/api/session');
    expect((await closed)[0]).toBe(1008);
    expect(await events).not.toBe('ended');
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
  });

  it('is looked for by the page itself, which stays while the session goes on', async () => {
    const tab = await house.enter(house.ada);
    const { status, body } = await tab.go('/.curfew/ended');
    expect([status, body]).toEqual([204, '']);
  });

  it('comes by inactivity, whatever a page asks for by itself; going somewhere and changing something is activity', async () => {
    await house.ada.send('PUT', '/api/system-config/K8sSessionInactivityTimeout', { type: 'AppConfig', value: '10' });
    try {
      const tab = await house.enter(house.ada);
      for (let minutes = 0; minutes < 9; minutes += 3) {
        await house.test.clock.advance(3 * MINUTE_MS);
        expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
        expect((await tab.fromPage('POST', '/api/clicks', '1')).status).toBe(204);
      }
      expect((await tab.go('/home')).headers['refresh']).toBe('600; url=/.curfew/ended?from=%2Fhome');
      await house.test.clock.advance(9 * MINUTE_MS);
      expect((await tab.fromPage('DELETE', '/api/me')).status).toBe(200);
      await house.test.clock.advance(9 * MINUTE_MS);
      expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
      await house.test.clock.advance(MINUTE_MS);
      expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
    } finally {
      await (await house.test.administrator()).send('DELETE', '/api/system-config/K8sSessionInactivityTimeout');
    }
  });

  it('comes with the registration: its streams are dropped, and its hostname is nobody’s', async () => {
    const hostname = 'gone.localhost';
    const { id, tab } = await house.enterAnother(hostname);
    const { closed, events } = await house.openStreams(tab);
    expect((await house.ada.send('DELETE', `/api/upstream-dashboards/${id}`)).status).toBe(204);
    await closed;
    expect(await events).not.toBe('ended');
    expect((await tab.go('/home')).status).toBe(421);
    expect((await house.ada.send('DELETE', `/api/upstream-dashboards/${id}`)).status).toBe(404);
  });

  it('of a connection is that of all that was asked for on it', async () => {
    const tab = await house.enter(house.ada);
    const head = `Host: ${tab.host}\r\nCookie: ${tab.cookieHeader}\r\nSec-Fetch-Site: same-origin\r\n\r\n`;
    const socket = connect(Number(new URL(house.test.url).port), '127.0.0.1');
    socket.write(['/events', '/api/me', '/events'].map((path) => `GET ${path} HTTP/1.1\r\n${head}`).join(''));
    await expect.poll(() => house.app.open()).toBe(2);
    const streams = async () => {
      const { items } = (await house.ada.get('/api/sessions?kind=kubernetes')).body;
      return items.reduce((sum: number, each: { streams: number }) => sum + each.streams, 0);
    };
    await expect.poll(streams).toBeGreaterThanOrEqual(2);
    socket.resetAndDestroy();
    await expect.poll(() => house.app.open()).toBe(0);
    await expect.poll(streams).toBe(0);
  });

  it('by removal leaves the portal standing, whoever comes in that moment', async () => {
    const { body } = await house.register({ hostname: 'brief.localhost', name: 'Brief' });
    const junk = { cookie: `__Host-curfew-dashboard=${body.id}.x`, accept: 'text/html' };
    const asking = Array.from({ length: 60 }, () => house.tab('brief.localhost').ask('GET', '/', junk));
    const removing = house.ada.send('DELETE', `/api/upstream-dashboards/${body.id}`);
    const statuses = new Set((await Promise.all(asking)).map(({ status }) => status));
    expect([303, 404, 421]).toEqual(expect.arrayContaining([...statuses]));
    expect((await removing).status).toBe(204);
    expect((await house.ada.get('/api/session')).status).toBe(200);
  });

  it('of access to the cluster is one', async () => {
    const zoe = await house.test.user('zoe');
    const granted = await house.ada.send('PUT', '/api/clusters/nowhere/grants/user/zoe');
    expect(granted.status).toBeLessThan(300);
    const tab = await house.enter(zoe);
    const { closed } = await house.openStreams(tab);
    await house.ada.send('DELETE', '/api/clusters/nowhere/grants/user/zoe');
    expect((await closed)[0]).toBe(1008);
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(401);
  });
});

describe('read-only users', () => {
  it('see what it shows by itself, and send it nothing', async () => {
    const reader = await house.test.user('reader', { role: 'Administrator', readOnly: true });
    const tab = await house.enter(reader);
    expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);
    expect(house.app.received.at(-1)?.headers['x-forwarded-groups']).toBe('curfew:read-only');
    expect((await tab.fromPage('POST', '/api/clicks', '1')).status).toBe(403);
    expect((await tab.fromPage('GET', '/api/me', '1', { 'content-length': '1' })).status).toBe(403);
    const [, refused] = await once(tab.websocket(), 'unexpected-response');
    expect(refused.statusCode).toBe(403);
    expect((await house.register({ hostname: 'another.localhost' }, reader)).status).toBe(403);
    expect((await reader.send('DELETE', `/api/upstream-dashboards/${house.dashboard.id}`)).status).toBe(403);
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
    ['upstream', { upstream: 'http://169.254.169.254' }],
    ['upstream', { upstream: 'http://127.0.0.2:1' }],
    ['upstream', { upstream: 'http://10.0.0.1', passesCredential: true }],
    ['name', { name: '' }],
    ['name', { name: 'a\u0000b' }],
    ['cluster', { cluster: 'no-such' }],
  ])('says which %s is allowed in place of %j', async (field, changes) => {
    const { status, body } = await house.register({ hostname: 'new.localhost', ...changes });
    expect([status, body.field]).toEqual([400, field]);
  });

  it('takes a hostname once, and never the portal’s own', async () => {
    const taken = await house.register({ name: 'Other' });
    expect([taken.status, taken.body.field]).toEqual([409, 'hostname']);
    const named = await house.register({ hostname: 'new.localhost' });
    expect([named.status, named.body.field]).toEqual([409, 'name']);
    const own = await house.register({ hostname: 'localhost' });
    expect(own.body.detail).toMatch(/portal’s own hostname/);
    const itself = await house.register({ hostname: 'new.localhost', name: 'Itself', upstream: house.test.url });
    expect([itself.body.field, itself.body.detail]).toEqual(['upstream', 'This is the portal itself.']);
    expect((await house.register({ hostname: '127.0.0.1' })).body.detail).toMatch(/hostname/i);
  });

  it('is for administrators alone, who alone see where it is', async () => {
    const joe = await house.test.user('joe', {});
    expect((await house.register({ hostname: 'joe.localhost' }, joe)).status).toBe(403);
    expect((await house.register({ hostname: 'joe.localhost' }, house.test.browser())).status).toBe(401);
    await house.ada.send('PUT', '/api/clusters/nowhere/grants/user/joe');
    const [seen] = (await joe.get('/api/upstream-dashboards')).body.items;
    expect(seen).toMatchObject({
      name: 'Small app',
      hostname: 'small.localhost',
      upstream: null,
      passesCredential: null,
    });
    expect((await house.ada.get('/api/upstream-dashboards')).body.items[0]).toMatchObject({
      upstream: house.app.origin,
    });
    expect((await joe.send('DELETE', `/api/upstream-dashboards/${house.dashboard.id}`)).status).toBe(403);
  });

  it('stands after a restart, and who had entered is still there', async () => {
    const tab = await house.enter(house.ada);
    await house.test.restart();
    const again = house.tab();
    for (const [name, value] of tab.cookies) again.cookies.set(name, value);
    expect((await house.ada.at(house.test.url).get('/api/upstream-dashboards')).body.items).toHaveLength(1);
    expect((await again.fromPage('GET', '/api/me')).status).toBe(200);
  });
});

describe('an upstream that fails', () => {
  it.each([
    ['is not there', 'http://127.0.0.1:1', /connection refused/],
    ['has a name that leads to this machine', 'http://localhost:1', /--dashboard-networks|connection refused/],
    ['has a name that leads nowhere', 'http://nowhere.invalid:1', /cannot be resolved/],
    ['does not speak TLS', () => house.app.origin.replace('http', 'https'), /does not speak TLS/],
  ])('%s: says so', async (_what, upstream, why) => {
    const hostname = 'failing.localhost';
    const url = typeof upstream === 'string' ? upstream : upstream();
    const { id, tab } = await house.enterAnother(hostname, { upstream: url });
    const page = await tab.go('/');
    expect([page.status, page.body]).toEqual([503, expect.stringMatching(why)]);
    const [, refused] = await once(tab.websocket(), 'unexpected-response');
    expect(refused.statusCode).toBe(503);
    await house.ada.send('DELETE', `/api/upstream-dashboards/${id}`);
  });
});

it('with a credential, an upstream acts at the gateway as whoever entered, until the session ends', async () => {
  const hostname = 'acting.localhost';
  const { id, tab } = await house.enterAnother(hostname, { passesCredential: true });
  await Promise.all(Array.from({ length: 5 }, () => tab.fromPage('GET', '/api/me')));
  const given = new Set(house.app.received.map(({ headers }) => headers.authorization));
  expect(given.size).toBe(1);
  const [authorization = ''] = given;
  const asActing = () => house.test.browser().get('/k8s/clusters/nowhere/api', { authorization });
  // The cluster cannot be reached: that it is asked at all is what counts.
  expect((await asActing()).status).toBeGreaterThanOrEqual(502);
  expect((await house.test.browser().get('/api/session', { authorization })).status).toBe(401);
  await house.ada.send('DELETE', '/api/session');
  expect((await asActing()).status).toBe(401);
  await house.ada.signIn('ada');
  await house.ada.send('DELETE', `/api/upstream-dashboards/${id}`);
});

it('what was asked and entered is in the record, and no token is in the log', async () => {
  const tab = await house.enter(house.ada);
  await tab.go('/home');
  const { items } = (await house.ada.get('/api/audit?search=Small%20app')).body;
  const sentences = items.map(({ sentence }: { sentence: string }) => sentence);
  expect(sentences).toContain('ada asked to enter Small app at nowhere.');
  expect(sentences).toContain('ada entered Small app at nowhere.');
  await wait(0);
  for (const value of tab.cookies.values()) expect(house.test.logs()).not.toContain(value);
});
