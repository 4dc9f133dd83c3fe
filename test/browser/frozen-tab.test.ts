import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { openRawTabs } from './raw-tab.ts';

// Tabs that nobody looks at are slowed down and then frozen: their timers stand still, and pushes wait.

const HOUR = 3_600_000;
const CONTENT = 'End my other sessions';
const PATIENTLY = { timeout: 10_000 };

let test: TestPortal;
let administrator: TestBrowser;
let chromium: Browser;

beforeAll(async () => {
  test = await startTestPortal();
  administrator = await test.administrator();
  await test.user('bob');
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});

async function openSessionsPages(count: number) {
  const tabs = await openRawTabs(chromium, count);
  for (const [index, tab] of tabs.entries()) {
    // The page's clock can be put forward while it is frozen, as it is when it wakes up after hours.
    const source = 'const real = Date.now; globalThis.aheadMs = 0; Date.now = () => real() + aheadMs';
    await tab.send('Page.enable');
    await tab.send('Page.addScriptToEvaluateOnNewDocument', { source });
    await tab.goto(test.url);
    if (index === 0) expect(await tab.signIn('bob')).toBe(201);
    await tab.goto(`${test.url}/sessions`);
    await expect.poll(() => tab.text(), PATIENTLY).toContain(CONTENT);
  }
  return tabs;
}

async function revokeBob(): Promise<void> {
  const { body } = await administrator.get('/api/sessions?scope=all&kind=portal&search=bob');
  for (const { id } of body.items as { id: string }[]) await administrator.send('DELETE', `/api/sessions/${id}`);
}

it('shows nothing when it wakes up after the end, before anything is painted, and without a network', async () => {
  const [tab] = await openSessionsPages(1);
  const note = 'globalThis.shownAtWaking = document.body.innerText';
  await tab?.evaluate(`document.addEventListener('resume', () => queueMicrotask(() => { ${note}; }))`);
  await tab?.send('Network.enable');
  const offline = { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 };
  await tab?.send('Network.emulateNetworkConditions', offline);
  await tab?.freeze();
  await tab?.evaluate(`globalThis.aheadMs = ${2 * HOUR}`);
  expect(await tab?.text()).toContain(CONTENT);
  await tab?.wake();
  const shown = await tab?.evaluate('shownAtWaking');
  expect(shown).toContain('You were signed out');
  expect(shown).not.toContain(CONTENT);
});

it('hears of an end when it wakes up, and the tab in front hears of it at once', async () => {
  const [background, front] = await openSessionsPages(2);
  await background?.freeze();
  await revokeBob();
  await expect.poll(() => front?.text(), { timeout: 3000 }).toContain('It was ended by a person.');
  await background?.wake();
  await expect.poll(() => background?.text(), { timeout: 3000 }).toContain('It was ended by a person.');
});
