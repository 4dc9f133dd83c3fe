import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { EXEC_CHANNELS } from '../../src/wire/dashboard.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { openDashboardHouse } from './dashboard-house.ts';
import type { DashboardHouse } from './dashboard-house.ts';
import { connectTerminal, refusedWith } from './dashboard-page.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

let house: DashboardHouse;
let upstream: RecordingUpstream;
let test: TestPortal;
let ada: TestBrowser;

beforeEach(async () => {
  house = await openDashboardHouse();
  ({ upstream, test, ada } = house);
});
afterEach(() => house.close());

const execs = () => upstream.recorded.filter(({ target }) => target.includes('/exec?'));
const openId = async (browser: TestBrowser, tenant?: string): Promise<string> =>
  (await browser.send('POST', '/api/dashboards', { cluster: 'recording', tenant })).body.sessionId;
const opened = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
const lastActivity = async (): Promise<string> =>
  (await ada.get('/api/sessions?kind=kubernetes', { 'curfew-activity': 'none' })).body.items[0].lastActivityAt;

it('a terminal is an exec of a shell, as the user, and what comes over it is no activity', async () => {
  const socket = connectTerminal(ada, await openId(ada));
  await opened(socket);
  expect(socket.protocol).toBe('v4.channel.k8s.io');
  const [exec] = execs();
  const { pathname, searchParams } = new URL(exec?.target ?? '', 'http://upstream');
  expect(pathname).toBe('/api/v1/namespaces/dev/pods/web/exec');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    container: 'main',
    stdin: 'true',
    stdout: 'true',
    tty: 'true',
  });
  expect(searchParams.getAll('command').slice(0, 2)).toEqual(['/bin/sh', '-c']);
  const headers = exec?.rawHeaders.join(' ') ?? '';
  expect(headers).toContain('curfew:ada');
  expect(headers).not.toMatch(/cookie|curfew-activity/i);

  const before = await lastActivity();
  await test.clock.advance(60_000);
  socket.send(Buffer.from([EXEC_CHANNELS.input, 0x1b]));
  await test.clock.advance(60_000);
  expect(await lastActivity()).toBe(before);
  socket.terminate();
});

it('a terminal is cut when its session ends', async () => {
  const id = await openId(ada);
  const socket = connectTerminal(ada, id);
  await opened(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await ada.send('DELETE', `/api/sessions/${id}`);
  await closed;
  expect(await refusedWith(connectTerminal(ada, id))).toBe(401);
  expect(execs()).toHaveLength(1);
});

it.each<[string, number, (id: string) => Promise<WebSocket> | WebSocket]>([
  ['strangers', 401, (id) => connectTerminal(test.browser(), id)],
  ['another user', 401, async (id) => connectTerminal(await test.user('bob'), id)],
  ['another browser of the same user', 401, async (id) => connectTerminal(await test.administrator(), id)],
  ['a page of another site', 403, (id) => connectTerminal(ada, id, undefined, { origin: 'http://elsewhere.test' })],
  ['a session that never was', 401, () => connectTerminal(ada, 'made-up')],
  ['a path in a name', 400, (id) => connectTerminal(ada, id, { namespace: 'dev', pod: 'a/../b', container: 'c' })],
  ['no container', 400, (id) => connectTerminal(ada, id, { namespace: 'dev', pod: 'web' })],
])('a terminal is refused to %s', async (_who, status, attempt) => {
  expect(await refusedWith(await attempt(await openId(ada)))).toBe(status);
  expect(execs()).toEqual([]);
});

it('a terminal is in the tenant of its dashboard, and none where one only reads', async () => {
  const bob = await test.user('bob');
  const { body } = await ada.send('POST', '/api/tenants', { name: 'shop', cluster: 'recording', namespace: 'dev' });
  const give = (readOnly: boolean) => ada.send('PUT', `/api/tenants/${body.id}/access/bob`, { readOnly });
  await give(false);
  const id = await openId(bob, body.id);
  const elsewhere = { namespace: 'kube-system', pod: 'web', container: 'main' };
  expect(await refusedWith(connectTerminal(bob, id, elsewhere))).toBe(403);
  const socket = connectTerminal(bob, id);
  await opened(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await give(true);
  await closed;
  await test.clock.advance(1);
  await bob.signIn('bob');
  expect(await refusedWith(connectTerminal(bob, await openId(bob, body.id)))).toBe(403);
  expect(execs()).toHaveLength(1);
});
