import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { Tab } from '../integration/upstream-house.ts';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import { startSmallWebApp } from '../support/small-web-app.ts';
import type { SmallWebApp } from '../support/small-web-app.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const HOSTNAME = 'small.localhost';

let database: string;
let app: SmallWebApp;
let one: TestPortal;
let other: TestPortal;

beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'));
  app = await startSmallWebApp();
  const kubeconfig = unreachableKubeconfig();
  const flags = { 'dashboard-networks': '127.0.0.1' };
  one = await startTestPortal({ kubeconfig, database, flags });
  const secretKeyFile = join(one.dataDir, 'data', 'secret.key');
  other = await startTestPortal({ kubeconfig, database, flags, secretKeyFile });
});
afterEach(async () => {
  await Promise.all([one.stop(), other.stop(), app.stop()]);
  await dropDatabase(database);
});

it('a dashboard is the same on every replica: registered, entered by a code of another one, and removed', async () => {
  const ada = await one.administrator();
  const given = { cluster: 'nowhere', name: 'Small app', hostname: HOSTNAME, upstream: app.origin };
  const { id } = (await ada.send('POST', '/api/upstream-dashboards', given)).body;
  const there = new Tab(other.url, HOSTNAME);
  await expect.poll(async () => (await there.go('/')).status).toBe(303);

  const state = new URL((await there.go('/home')).headers.location ?? '').searchParams.get('state');
  const { body } = await ada.send('POST', `/api/upstream-dashboards/${id}/entry`, { state });
  const withCode = new URL(body.url).pathname + new URL(body.url).search;
  const entered = await there.go(withCode);
  expect([entered.status, entered.headers.location]).toEqual([303, '/home']);
  const here = new Tab(one.url, HOSTNAME);
  for (const [name, value] of there.cookies) here.cookies.set(name, value);
  expect((await here.go(withCode)).status).toBe(401);
  for (const tab of [here, there]) expect((await tab.fromPage('GET', '/api/me')).status).toBe(200);

  const socket = there.websocket();
  await once(socket, 'open');
  const closed = once(socket, 'close');
  expect((await ada.send('DELETE', `/api/upstream-dashboards/${id}`)).status).toBe(204);
  await closed;
  expect((await there.go('/home')).status).toBe(421);
});

it('the end of a session on one replica is the end of what is open at another', async () => {
  const ada = await one.administrator();
  const given = { cluster: 'nowhere', name: 'Small app', hostname: HOSTNAME, upstream: app.origin };
  const { id } = (await ada.send('POST', '/api/upstream-dashboards', given)).body;
  const there = new Tab(other.url, HOSTNAME);
  await expect.poll(async () => (await there.go('/')).status).toBe(303);
  const state = new URL((await there.go('/')).headers.location ?? '').searchParams.get('state');
  const { body } = await ada.send('POST', `/api/upstream-dashboards/${id}/entry`, { state });
  await there.go(new URL(body.url).pathname + new URL(body.url).search);
  const socket = there.websocket();
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await ada.send('DELETE', '/api/session');
  expect((await closed)[0]).toBe(1008);
  expect((await there.fromPage('GET', '/api/me')).status).toBe(401);
});
