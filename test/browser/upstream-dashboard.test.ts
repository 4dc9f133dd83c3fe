import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { startRecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import type { RecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import { launchChromium } from '../support/chromium.ts';
import { startSmallWebApp } from '../support/small-web-app.ts';
import type { SmallWebApp } from '../support/small-web-app.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

let folder: string;
let upstream: RecordingUpstream;
let app: SmallWebApp;
let test: TestPortal;
let chromium: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-upstream-'));
  upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  app = await startSmallWebApp();
  test = await startTestPortal({ kubeconfig: upstream.kubeconfig, flags: { 'dashboard-networks': '127.0.0.1' } });
  const ada = await test.administrator();
  const isReady = async () => (await ada.get('/api/clusters')).body.items[0].state === 'ready';
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 200 });
  chromium = await launchChromium();
  context = await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } });
  page = await context.newPage();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
  await app.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true });
});

it('an administrator registers a dashboard, and enters it with one click more', async () => {
  await signIn(page, 'ada', encodeURIComponent('/clusters'));
  await page.getByRole('button', { name: /^Other dashboards/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Small app');
  await dialog.getByLabel('Hostname').fill('localhost');
  await dialog.getByLabel('Upstream URL').fill(app.origin);
  await dialog.getByRole('button', { name: /^Add/ }).click();
  await dialog.getByText(/A hostname is a DNS name|portal’s own hostname/).waitFor();
  await dialog.getByLabel('Hostname').fill('small.localhost');
  await dialog.getByRole('button', { name: /^Add/ }).click();
  await dialog.getByRole('cell', { name: 'small.localhost' }).waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await page.keyboard.press('Escape');

  const opening = context.waitForEvent('page');
  await page.getByRole('link', { name: /^Small app/ }).click();
  const tab = await opening;
  await tab.locator('button:focus', { hasText: 'Open Small app' }).waitFor();
  expect(new URL(tab.url()).origin).toBe(test.url);
  expect(await flawsInEveryLook(tab)).toEqual([]);
  await tab.setViewportSize({ width: 1440, height: HEIGHT });
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: 'Small app' }).waitFor();
  expect(tab.url()).toBe(`http://small.localhost:${new URL(test.url).port}/home`);
});

it('it works there as by itself: data, changes, events, a websocket and its cookies, and sees none of Curfew’s', async () => {
  const tab = await smallApp();
  await tab.getByText('ada: hello').waitFor();
  await tab.getByText('began').waitFor();
  await expect.poll(() => tab.locator('#who').textContent()).toBe('ada');
  await tab.getByRole('button', { name: 'Add' }).click();
  await expect.poll(() => tab.locator('#clicks').textContent()).toBe('1');
  expect(JSON.stringify(app.received)).not.toContain('__Host-curfew');
  const cookies = await context.cookies(tab.url());
  expect(cookies.map(({ name }) => name).toSorted()).toEqual(['__Host-curfew-dashboard', 'small']);
});

it('its pages reach nothing of the portal, whose cookie the browser would send along', async () => {
  const tab = await smallApp();
  const reached = await tab.evaluate(async (portal) => {
    const asked = [
      fetch(`${portal}/api/session`, { credentials: 'include' }),
      fetch(`${portal}/api/users`, { method: 'POST', credentials: 'include', mode: 'no-cors', body: '{}' }),
    ];
    return (await Promise.allSettled(asked)).map((each) => (each.status === 'fulfilled' ? each.value.type : 'refused'));
  }, test.url);
  expect(reached).toEqual(['refused', 'refused']);
  expect((await (await test.administrator()).get('/api/users')).body.total).toBe(1);
});

it('at the deadline its streams are cut, its page leaves by itself, and the portal says why and lets in again', async () => {
  const tab = await smallApp();
  // By inactivity it would have ended before: going somewhere is activity.
  for (const minutes of [29, 29]) {
    await test.clock.jump(minutes * MINUTE_MS);
    await tab.reload();
  }
  await test.clock.jump(2 * MINUTE_MS - 2500);
  await tab.reload();
  await tab.getByText('ada: hello').waitFor();
  const ended = tab.waitForURL(`${test.url}/enter/**`, { timeout: 20_000 });
  await test.clock.advance(2500);
  await expect.poll(() => app.open()).toBe(0);
  await ended;
  await tab.getByRole('button', { name: 'Open Small app' }).click();
  await tab
    .getByRole('dialog')
    .getByText(/Maximum K8s Session Duration/)
    .waitFor();
  await tab
    .getByRole('dialog')
    .getByLabel(/^Password of/)
    .fill(PASSWORD);
  await tab.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('heading', { name: 'Small app' }).waitFor();
  expect(new URL(tab.url()).pathname).toBe('/home');
});

/** The tab in which it is open. */
async function smallApp(): Promise<Page> {
  const tab = context.pages().at(-1) ?? page;
  await tab.goto(`http://small.localhost:${new URL(test.url).port}/`);
  await tab.getByRole('heading', { name: 'Small app' }).waitFor();
  return tab;
}
