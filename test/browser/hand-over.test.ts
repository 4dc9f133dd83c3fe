import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { flawsInEveryLook } from './looks.ts';

// The page to which DuploCloud's clients send a browser for a token.

let test: TestPortal;
let chromium: Browser;
/** The program that waits for its token, as duploctl and duplo-jit do. */
let program: Server;
let got: { method: string; url: URL; body: string; headers: IncomingMessage['headers'] }[] = [];

beforeAll(async () => {
  test = await startTestPortal();
  await test.administrator();
  chromium = await launchChromium();
  program = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', headers } = request;
      if (request.url !== '/favicon.ico')
        got.push({ method, url: new URL(request.url ?? '', 'http://localhost'), body, headers });
      if (method === 'POST') return response.writeHead(200).end('ok');
      response.writeHead(302, { location: `${test.url}/app/user/verify-token?success=true` }).end();
    });
  });
  await new Promise<void>((resolve) => program.listen(0, 'localhost', resolve));
});
afterAll(async () => {
  await chromium.close();
  program.close();
  await test.stop();
});
beforeEach(async () => {
  got = [];
  await test.clock.advance(1);
});

const portOf = () => (program.address() as AddressInfo).port;
const addressOf = (query: Record<string, string>) => {
  const asked = { localAppName: 'duplo-jit', localPort: String(portOf()), isAdmin: 'false', ...query };
  return `/app/user/verify-token?${new URLSearchParams(asked).toString()}`;
};
async function signIn(page: Page, username = 'ada'): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
/** Opens a page as somebody who has to sign in first. */
async function open(path: string, username?: string): Promise<Page> {
  const page = await (await chromium.newContext({ baseURL: test.url, reducedMotion: 'reduce' })).newPage();
  await page.goto(path);
  await signIn(page, username);
  return page;
}
const whoIs = (token: string) => test.browser().get('/api/session', { authorization: `Bearer ${token}` });

it('brings the token to the program in an address, after sign-in and consent, and says that it is done', async () => {
  const page = await open(addressOf({ redirect: 'true' }));
  await page.getByRole('heading', { name: 'Hand over an API token' }).waitFor();
  await page.getByText(`http://localhost:${portOf()}/`).waitFor();
  await page.getByText('duplo-jit (says the address)').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  // No probing: nothing goes there before somebody has agreed.
  expect(got).toEqual([]);
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('heading', { name: 'The program has its token' }).waitFor();
  expect(page.url()).toBe(`${test.url}/app/user/verify-token?success=true`);
  expect(await flawsInEveryLook(page)).toEqual([]);
  expect(got).toMatchObject([{ method: 'GET', body: '' }]);
  expect(got[0]?.url.pathname).toBe('/');
  expect([...(got[0]?.url.searchParams.keys() ?? [])]).toEqual(['t']);
  expect(got[0]?.url.search).toMatch(/^\?t=[A-Za-z0-9._~-]{43}$/);
  expect(got[0]?.headers.referer).toBeUndefined();

  // A child of the browser's session, and not its own token.
  const token = got[0]?.url.searchParams.get('t') ?? '';
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === '__Host-curfew');
  expect(token).not.toBe(cookie?.value);
  expect((await whoIs(token)).body.user.username).toBe('ada');
  const [told] = (await (await test.administrator()).get('/api/audit?search=handed')).body.items;
  expect(told.sentence).toBe(`ada handed a temporary API token to “duplo-jit” at port ${portOf()} of localhost.`);
  await page.evaluate(async () => fetch('/api/session', { method: 'DELETE', headers: { 'Curfew-Request': '1' } }));
  expect((await whoIs(token)).status).toBe(401);
  await page.context().close();
});

it.each(['as it was opened', 'and signed in on another page'])('posts the raw token %s', async (how) => {
  const page = await open(how === 'as it was opened' ? addressOf({ isAdmin: 'true' }) : '/sign-in', 'ada');
  if (how !== 'as it was opened') {
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
    // As a link in our own pages would bring here: the document's policy is that of another page.
    await page.evaluate((address) => {
      globalThis.history.pushState({}, '', address);
      globalThis.dispatchEvent(new PopStateEvent('popstate'));
    }, addressOf({}));
  }
  await page.getByText('duplo-jit (says the address)').waitFor();
  expect(got).toEqual([]);
  // The document that may post there: it is loaded anew where it came from another page of ours.
  await page.waitForFunction(() =>
    globalThis.performance.getEntriesByType('navigation')[0]?.name.includes('localPort'),
  );
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('heading', { name: 'The program has its token' }).waitFor();
  expect(got).toMatchObject([{ method: 'POST', body: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) }]);
  expect(got[0]?.url.href).toBe('http://localhost/');
  // No preflight came before it, and the program sees whose page it was.
  expect(got[0]?.headers['content-type']).toMatch(/^text\/plain/);
  expect(got[0]?.headers.origin).toBe(test.url);
  expect(got[0]?.headers.cookie).toBeUndefined();
  expect((await whoIs(got[0]?.body ?? '')).status).toBe(200);
  await page.context().close();
});

it('hands nothing over where somebody cancels, nor where nobody listens any more', async () => {
  const page = await open(addressOf({ redirect: 'true' }));
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Nothing was handed over' }).waitFor();
  expect(got).toEqual([]);
  await page.goto(addressOf({ localPort: '1' }));
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('heading', { name: 'The program did not answer' }).waitFor();
  expect(got).toEqual([]);
  await page.context().close();
});

it('asks for the password where that was given more than ten minutes ago', async () => {
  const page = await open(addressOf({ redirect: 'true' }));
  await page.getByText('duplo-jit (says the address)').waitFor();
  await test.clock.advance(10 * 60_000);
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('dialog').getByLabel('Password of ada').fill(PASSWORD);
  expect(got).toEqual([]);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'The program has its token' }).waitFor();
  expect((await whoIs(got[0]?.url.searchParams.get('t') ?? '')).status).toBe(200);
  await page.context().close();
});

it('says what a token of somebody who is no administrator is worth', async () => {
  await test.user('grace');
  const page = await open(addressOf({ isAdmin: 'true', redirect: 'true' }), 'grace');
  await page.getByText('you are none').waitFor();
  await page.context().close();
});

it.each([
  { localPort: '0' },
  { localPort: '65536' },
  { localPort: '80@evil.example' },
  { localPort: '"80"' },
  { localPort: '08080' },
  { localPort: '' },
  { localAppName: 'Your bank asks you to agree' },
  { localAppName: '' },
])('goes nowhere with %j', async (query) => {
  const page = await open(addressOf(query));
  await page.getByText('This address is not whole').waitFor();
  expect(await page.getByRole('button', { name: 'Hand over' }).count()).toBe(0);
  await page.context().close();
});

it('cannot be framed, is kept nowhere, and tells nobody where it was', async () => {
  const hostile = createServer((_request, response) => {
    const src = `${test.url}${addressOf({})}`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${src}"></iframe>`);
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  const page = await open('/clusters');
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  await page.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
  expect(page.frames()[1]?.url()).toMatch(/^chrome-error:/);
  hostile.close();
  await page.context().close();
  const { headers } = await fetch(test.url + addressOf({}));
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('content-security-policy')).toContain(
    `connect-src 'self' http://localhost:${portOf()};`.slice(0, -1),
  );
});

it('is agreed to by a page of ours alone: by no other site, and with no bearer token', async () => {
  const browser = await test.administrator();
  const body = { application: 'duplo-jit', port: 8123 };
  const { token } = (await browser.send('POST', '/api/session/api-token')).body;
  const refused = await browser.send('POST', '/api/session/hand-over', body, { origin: 'http://evil.example' });
  expect(refused.body.code).toBe('origin-refused');
  const bearer = await test
    .browser()
    .send('POST', '/api/session/hand-over', body, { authorization: `Bearer ${token}` });
  expect(bearer.status).toBe(401);
  for (const port of [0, 65_536, '8123', 80.5, 'evil.example:80']) {
    expect((await browser.send('POST', '/api/session/hand-over', { ...body, port })).status).toBe(400);
  }
  expect((await browser.send('POST', '/api/session/hand-over', body)).status).toBe(201);
});
