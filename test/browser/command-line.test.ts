import { hash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Laptop } from '../support/curfew-command.ts';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { flawsInEveryLook } from './looks.ts';

// The pages on which somebody lets a command line sign in.

let test: TestPortal;
let chromium: Browser;
let commandLine: Server;
const brought: URL[] = [];

beforeAll(async () => {
  test = await startTestPortal();
  await test.administrator();
  chromium = await launchChromium();
  commandLine = createServer((request, response) => {
    if (request.url?.startsWith('/?') === true) brought.push(new URL(request.url, 'http://127.0.0.1'));
    response.writeHead(303, { location: `${test.url}/command-line/signed-in` }).end();
  });
  await new Promise<void>((resolve) => commandLine.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await chromium.close();
  commandLine.close();
  await test.stop();
});

async function ask(redirectPort?: number) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = hash('sha256', verifier, 'base64url');
  const body = { challenge, hostname: 'laptop.example', redirectPort };
  const { userCode } = (await test.browser().send('POST', '/api/login-requests', body)).body;
  const take = (code?: string) => test.browser().send('POST', '/api/login-requests/token', { verifier, code });
  return { challenge, userCode: userCode as string | null, take };
}

/** Opens a page as somebody who has to sign in first. */
async function open(path: string): Promise<Page> {
  const page = await (await chromium.newContext({ baseURL: test.url, reducedMotion: 'reduce' })).newPage();
  await page.goto(path);
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}
const portOf = () => (commandLine.address() as AddressInfo).port;

it('says what asks, in every look, and brings the code to the command line of this machine', async () => {
  const { challenge, take } = await ask(portOf());
  const page = await open(`/command-line/sign-in?request=${challenge}&state=some-state`);
  await page.getByText('laptop.example (says the command line)').waitFor();
  await page.getByText('127.0.0.1 (like this browser)').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.getByRole('button', { name: 'Let it sign in' }).click();
  await page.getByRole('heading', { name: 'The command line is signed in' }).waitFor();
  const url = brought.pop();
  expect(url?.searchParams.get('state')).toBe('some-state');
  expect((await take(url?.searchParams.get('code') ?? '')).status).toBe(201);
  await page.context().close();
});

it('is where curfew login begins and ends', async () => {
  const laptop = new Laptop();
  const opener = laptop.write(
    'browser',
    `#!/bin/sh\nprintf %s "$1" > "${laptop.home}/part" && mv "${laptop.home}/part" "${laptop.home}/url"\n`,
  );
  chmodSync(opener, 0o700);
  const running = laptop.curfew(['login', '--server', test.url], '', { BROWSER: opener });
  await expect.poll(() => existsSync(join(laptop.home, 'url')), { timeout: 10_000 }).toBe(true);
  const page = await open(laptop.read('url'));
  await page.getByRole('button', { name: 'Let it sign in' }).click();
  await page.getByRole('heading', { name: 'The command line is signed in' }).waitFor();
  expect(page.url()).toBe(`${test.url}/command-line/signed-in`);
  expect(await running).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^Signed in to \S+ as ada\./) });
  expect((await laptop.curfew(['status'])).exit).toBe(0);
  await page.context().close();
  laptop.dispose();
});

it('asks for the password where that was given more than ten minutes ago', async () => {
  const { challenge, take } = await ask(portOf());
  const page = await open(`/command-line/sign-in?request=${challenge}&state=some-state`);
  await page.getByText('laptop.example').waitFor();
  await test.clock.advance(9 * 60_000);
  const late = await ask(portOf());
  await test.clock.advance(60_000);
  await page.goto(`/command-line/sign-in?request=${late.challenge}&state=some-state`);
  await page.getByRole('button', { name: 'Let it sign in' }).click();
  await page.getByRole('dialog').getByLabel('Password of ada').fill(PASSWORD);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'The command line is signed in' }).waitFor();
  const taken = await late.take(brought.pop()?.searchParams.get('code') ?? '');
  expect(taken.body.session.startedAt).toBe(new Date(test.clock.now()).toISOString());
  expect((await take()).body.code).toBe('login-request-over');
  await page.context().close();
});

it('tells the command line that somebody refused', async () => {
  const { challenge, take } = await ask(portOf());
  const page = await open(`/command-line/sign-in?request=${challenge}&state=some-state`);
  await page.getByRole('button', { name: 'Refuse' }).click();
  await expect.poll(() => brought.pop()?.search).toBe('?error=access_denied&state=some-state');
  expect((await take()).body.code).toBe('forbidden');
  await page.context().close();
});

it('lets a command line elsewhere sign in by the code that it shows', async () => {
  const { userCode, take } = await ask();
  const page = await open('/device');
  await page.getByLabel('Code').fill('BBBB-BBBB');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('There is no such request to sign in').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.getByLabel('Code').fill((userCode ?? '').toLowerCase());
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('laptop.example').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  expect(page.url()).toBe(`${test.url}/device`);
  await page.getByRole('button', { name: 'Let it sign in' }).click();
  await page.getByText('Stay signed in here until the command line says').waitFor();
  expect((await take()).status).toBe(201);
  await page.context().close();
});

it('cannot be shown in a frame of another page', async () => {
  const { challenge } = await ask(portOf());
  const page = await open('/clusters');
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  const hostile = createServer((_request, response) => {
    const src = `${test.url}/command-line/sign-in?request=${challenge}&state=x`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${src}"></iframe>`);
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
  const framed = page.frames()[1];
  expect(framed?.url()).toMatch(/^chrome-error:/);
  await page.context().close();
  hostile.close();
});
