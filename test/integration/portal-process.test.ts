import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurfewHouse, until } from '../support/curfew-process.ts';
import type { ServingCurfew } from '../support/curfew-process.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

/** What a graceful stop may take; nothing in these tests gives it much to do. */
const STOP_MS = 10_000;

const HANGING_PLUGIN = JSON.stringify({
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [
    {
      name: 'u',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'sleep',
          args: ['300'],
          interactiveMode: 'Never',
        },
      },
    },
  ],
});

async function setUp(portal: ServingCurfew): Promise<TestBrowser> {
  const browser = new TestBrowser(portal.url);
  const body = { token: portal.setupToken, username: 'ada', password: PASSWORD };
  expect(await browser.send('POST', '/api/setup', body)).toMatchObject({ status: 201 });
  return browser;
}

describe('curfew serve', () => {
  const house = new CurfewHouse();
  let portal: ServingCurfew;
  beforeAll(async () => {
    portal = await house.serve();
  });
  afterAll(() => portal.signal('SIGKILL'));

  it('prints where it is and the one-time link of the first administrator', async () => {
    expect(portal.url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(portal.tlsUrl).toMatch(/^https:\/\/localhost:\d+$/);
    expect(portal.setupToken).toMatch(/^[\w-]{43}$/);
    expect(portal.stderr()).not.toContain(portal.setupToken);
    expect(await (await fetch(`${portal.url}/setup/${portal.setupToken}`)).text()).toContain('<div id="root">');
    const browser = await setUp(portal);
    expect(await browser.get('/api/session')).toMatchObject({ status: 200, body: { user: { username: 'ada' } } });
    const again = { token: portal.setupToken, username: 'eve', password: PASSWORD };
    expect(await new TestBrowser(portal.url).send('POST', '/api/setup', again)).toMatchObject({ status: 403 });
  });

  it('lets somebody sign in over TLS, with the CA that lies in the data folder', async () => {
    const ca = readFileSync(join(house.dataDir, 'tls', 'ca.pem'), 'utf8');
    const body = JSON.stringify({ username: 'ada', password: PASSWORD, bearer: true });
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const dispatcher = new Agent({ connect: { ca } });
    const answer = await undiciFetch(`${portal.tlsUrl}/api/session`, { ...post, dispatcher });
    expect(answer.status).toBe(201);
    const { token } = (await answer.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await undiciFetch(`${portal.tlsUrl}/api/session/check`, { headers, dispatcher })).status).toBe(204);
    expect((await fetch(`${portal.url}/api/session/check`, { headers })).status).toBe(204);
    await dispatcher.close();
    await expect(undiciFetch(portal.tlsUrl, { dispatcher: new Agent() })).rejects.toThrow('fetch failed');
  });

  it('keeps what it stores to its owner', () => {
    expect(statSync(house.dataDir).mode & 0o777).toBe(0o700);
    const files = readdirSync(house.dataDir, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['curfew.sqlite', 'secret.key', 'key.pem']));
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).mode & 0o077).toBe(0);
  });

  it('has its data folder to itself, and reset-admin waits until it is stopped', async () => {
    const taken = new RegExp(
      `^Curfew runs already with the data folder .* \\(process ${portal.child.pid}\\)\\. .*\\n$`,
    );
    for (const args of [['serve'], ['reset-admin', 'ada']]) {
      expect(await house.run(...args)).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(taken) });
    }
    expect((await fetch(`${portal.url}/readyz`)).status).toBe(200);
  });
});

describe('a stop', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s ends it cleanly, sign-ins live on', async (signal) => {
    const house = new CurfewHouse();
    const portal = await house.serve();
    const browser = await setUp(portal);
    // A page that is open must not keep it.
    const events = await fetch(`${portal.url}/api/session/events`, {
      headers: { cookie: browser.cookieHeader, origin: portal.url, 'sec-fetch-site': 'same-origin' },
    });
    expect(events.status).toBe(200);
    const before = performance.now();
    portal.signal(signal);
    const ending = await portal.ended;
    expect(performance.now() - before).toBeLessThan(STOP_MS);
    expect(ending).toMatchObject({ exit: 0, signal: null });
    expect(ending.stdout).toContain(`${signal}: stopping.`);
    expect(ending.stderr).not.toMatch(/Error|"level":(?:50|60)/);
    expect(house.processes()).toEqual([]);
    expect(readdirSync(house.dataDir)).not.toContain('lock');
    const restarted = await house.serve();
    expect(restarted.setupToken).toBeNull();
    const check = await fetch(`${restarted.url}/api/session/check`, { headers: { cookie: browser.cookieHeader } });
    expect(check.status).toBe(204);
    await events.body?.cancel().catch(() => undefined);
  });

  it('does not wait for a credential plugin that hangs', async () => {
    const house = new CurfewHouse();
    const portal = await house.serve('--kubeconfig', house.write('hanging.kubeconfig', HANGING_PLUGIN));
    await until(() => house.processes().length === 2, 'the plugin');
    const before = performance.now();
    // To the portal alone, as a service manager does.
    portal.child.kill('SIGTERM');
    expect(await portal.ended).toMatchObject({ exit: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(STOP_MS);
    expect(house.processes()).toEqual([]);
  });

  it('that is asked for while it starts happens once it has started', async () => {
    const house = new CurfewHouse();
    const starting = house.start('serve');
    await until(() => readdirSync(house.folder).includes('data'), 'the data folder');
    starting.signal('SIGTERM');
    expect(await starting.ended).toMatchObject({ exit: 0, signal: null });
    expect(house.processes()).toEqual([]);
  });

  it('does not wait after a second signal', async () => {
    const house = new CurfewHouse();
    const portal = await house.serve();
    // It has told load balancers by then, and waits a second for them.
    portal.signal('SIGTERM');
    await new Promise((resolve) => portal.child.stdout?.once('data', resolve));
    portal.signal('SIGINT');
    expect(await portal.ended).toMatchObject({ exit: 130, signal: null });
    expect(house.processes()).toEqual([]);
  });
});

describe('a port that is taken', () => {
  it.each(['--port', '--tls-port'])('as %s is said in one sentence', async (option) => {
    const house = new CurfewHouse();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ending = await house.run('serve', option, String(port));
    other.close();
    expect(ending).toMatchObject({ exit: 2, stdout: '' });
    const sentence = `127.0.0.1:${port} is in use by another program. Choose another --port or --tls-port.\n`;
    expect(ending.stderr.endsWith(sentence)).toBe(true);
    expect(ending.stderr).not.toMatch(/^\s+at /m);
    expect(house.processes()).toEqual([]);
    expect(await house.serve()).toMatchObject({ setupToken: expect.any(String) });
  });
});

describe('curfew reset-admin', () => {
  it('gives a lost administrator a new password and ends what lived', async () => {
    const house = new CurfewHouse();
    const portal = await house.serve();
    const browser = await setUp(portal);
    portal.signal('SIGTERM');
    await portal.ended;
    const reset = await house.run('reset-admin', 'ada');
    expect(reset).toMatchObject({ exit: 0, stderr: '' });
    const password = /^ada is an administrator\. New password, shown once:\n(\S{43})\n$/.exec(reset.stdout)?.[1];
    const restarted = await house.serve();
    const headers = { cookie: browser.cookieHeader };
    expect((await fetch(`${restarted.url}/api/session/check`, { headers })).status).toBe(401);
    const stranger = new TestBrowser(restarted.url);
    await expect(stranger.signIn('ada')).rejects.toThrow('invalid-credentials');
    expect(await stranger.signIn('ada', password)).toMatchObject({ body: { user: { role: 'Administrator' } } });
  });

  it('refuses a name that cannot be one', async () => {
    const house = new CurfewHouse();
    expect((await house.run('migrate')).exit).toBe(0);
    const ending = await house.run('reset-admin', 'a b');
    expect(ending).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/^A username has .*\.\n$/) });
  });

  it('makes no administrator in a data folder in which there is no portal', async () => {
    const house = new CurfewHouse();
    const dataDir = join(house.folder, 'mistyped');
    const ending = await house.run('reset-admin', 'ada', '--data-dir', dataDir);
    expect(ending).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(/^There is no database at .*\.\n$/),
    });
    expect(existsSync(dataDir)).toBe(false);
  });
});
