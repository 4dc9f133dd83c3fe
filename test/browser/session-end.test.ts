import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

// The end of a session in every tab of a browser. The server's clock is moved by the test; the pages hear it pushed.

const HOUR = 3_600_000;

declare global {
  /** What a page has shown since it came: kept by `watchWhatShows`. */
  var watched: { pageshow: { persisted: boolean; shownText: string } | null; hasShown: boolean };
}

/** Runs in the page, before anything of it does. */
function watchWhatShows(): void {
  globalThis.watched = { pageshow: null, hasShown: false };
  const look = (): void => {
    globalThis.watched.hasShown ||= (document.body?.textContent ?? '').includes('End my other sessions');
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  globalThis.addEventListener('pagehide', () => {
    globalThis.watched = { pageshow: null, hasShown: false };
  });
  globalThis.addEventListener('pageshow', ({ persisted }) => {
    globalThis.watched.pageshow = { persisted, shownText: document.body.innerText.trim() };
    look();
  });
}

let test: TestPortal;
let administrator: TestBrowser;
let chromium: Browser;
let context: BrowserContext;

beforeAll(async () => {
  test = await startTestPortal();
  administrator = await test.administrator();
  await test.user('bob');
  await test.user('carol', { role: 'Administrator' });
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});
beforeEach(async () => {
  context = await chromium.newContext({ baseURL: test.url });
});
afterEach(async () => {
  await context.close();
});

async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function openTab(path: string, username?: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  if (username !== undefined) await signIn(page, username);
  await page.getByRole('button', { name: /Session time left/ }).waitFor({ state: 'attached' });
  return page;
}

const isSignedOut = (page: Page) => page.getByText('You were signed out', { exact: false }).first().waitFor();

/** Ends everything of a user but the caller's own session, as an administrator does. */
async function revoke(username: string): Promise<void> {
  await administrator.signIn('ada');
  const { body } = await administrator.get(`/api/sessions?scope=all&kind=portal&search=${username}`);
  for (const { id, current } of body.items as { id: string; current: boolean }[]) {
    if (!current) await administrator.send('DELETE', `/api/sessions/${id}`);
  }
}

it('listens once for eight tabs, hands over when that tab closes, and ends all of them at once', async () => {
  const streams: string[] = [];
  context.on('request', (request) => {
    if (request.url().endsWith('/api/session/events')) streams.push(request.url());
  });
  const tabs = [await openTab('/sessions', 'bob')];
  for (let count = 1; count < 8; count += 1) tabs.push(await openTab(count % 2 === 0 ? '/profile' : '/sessions'));
  expect(streams).toHaveLength(1);
  await tabs.shift()?.close();
  await expect.poll(() => streams.length).toBe(2);
  await tabs[0]?.waitForTimeout(300);

  const began = Date.now();
  await revoke('bob');
  await Promise.all(tabs.map(isSignedOut));
  // Eight pages are drawn anew meanwhile, on a machine that may be busy.
  expect(Date.now() - began).toBeLessThan(8000);
  for (const tab of tabs) {
    const text = await tab.content();
    expect(text).not.toContain('End my other sessions');
    expect(text).not.toContain('Temporary API Token');
    expect(await tab.locator('body').innerText()).toContain('It was ended by a person.');
  }

  const [first, ...others] = tabs;
  if (first === undefined) throw new Error('no tab');
  await signIn(first, 'bob');
  await Promise.all(
    others.map((tab) =>
      tab
        .getByRole('main')
        .getByRole('heading', { level: 1, name: /Sessions|Profile/ })
        .waitFor(),
    ),
  );
});

it.each([
  ['an administrator', () => revoke('bob')],
  ['its user elsewhere', () => endOthersInTheBrowser('bob')],
])('is ended in a second browser by %s, and says so', async (_who, end) => {
  const elsewhere = await chromium.newContext({ baseURL: test.url });
  const page = await elsewhere.newPage();
  await page.goto('/sessions');
  await signIn(page, 'bob');
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  await end();
  await isSignedOut(page);
  const text = await page.locator('body').innerText();
  expect(text).toContain('It was ended by a person.');
  expect(text).not.toContain('End my other sessions');
  await elsewhere.close();
});

/** Ends all other sessions of a user, on the page, which itself stays signed in. */
async function endOthersInTheBrowser(username: string): Promise<void> {
  const page = await openTab('/sessions', username);
  await page.getByRole('button', { name: 'End my other sessions' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^End/ }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
}

it('keeps what was typed for the same user, and drops it for another', async () => {
  const path = '/admin/system-settings/system-config?pane=add';
  const page = await openTab(path, 'carol');
  await page.getByRole('combobox', { name: 'Config Type' }).click();
  await page.getByRole('option', { name: 'Flags' }).click();
  await page.getByRole('textbox', { name: 'Key' }).fill('Banner');
  await page.getByRole('textbox', { name: 'Value' }).fill('half-typed');
  await revoke('carol');
  await isSignedOut(page);
  await page.getByText('What you typed is kept.').waitFor();
  expect(await page.content()).not.toContain('half-typed');
  await signIn(page, 'carol');
  await page.getByRole('dialog', { name: 'Add Config' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Value' }).inputValue()).toBe('half-typed');

  await revoke('carol');
  await isSignedOut(page);
  await signIn(page, 'ada');
  await page.getByRole('dialog', { name: 'Add Config' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Value' }).inputValue()).toBe('');
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('half-typed');
});

it('carries on in every tab when one of them signs in again', async () => {
  const [first, second] = [await openTab('/profile', 'bob'), await openTab('/sessions')];
  await first.getByRole('button', { name: 'Create token' }).click();
  await first.getByText('Copy it now').waitFor();
  await test.clock.advance(11 * 60_000);
  await first.getByRole('button', { name: 'Create another token' }).click();
  const dialog = first.getByRole('dialog', { name: 'Confirm your password' });
  await dialog.getByLabel('Password of bob').fill('wrong');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await dialog.getByLabel('Password of bob').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.waitFor({ state: 'detached' });
  await second.waitForTimeout(500);
  expect(await second.getByRole('heading', { name: 'Sessions' }).isVisible()).toBe(true);
  await second.reload();
  await second.getByRole('heading', { name: 'Sessions' }).waitFor();
});

it('signs out everywhere', async () => {
  const [first, second] = [await openTab('/profile', 'bob'), await openTab('/sessions')];
  await first.getByRole('button', { name: 'Account of bob' }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const tab of [first, second])
    await expect.poll(() => tab.locator('body').innerText()).toContain('You signed out.');
});

it('says which limit ended the session, by the server’s push', async () => {
  const page = await openTab('/sessions', 'bob');
  await test.clock.advance(HOUR);
  await isSignedOut(page);
  await expect
    .poll(() => page.locator('body').innerText())
    .toContain('Authorization token inactivity timeout is 60 minutes.');
});

it('hides by itself when a laptop wakes up after the deadline without a network', async () => {
  const page = await context.newPage();
  await page.clock.install();
  await page.goto('/sessions');
  await signIn(page, 'bob');
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  await context.setOffline(true);
  await page.clock.fastForward(2 * HOUR);
  await isSignedOut(page);
  expect(await page.content()).not.toContain('End my other sessions');
  await page.getByText('the portal has not confirmed it yet', { exact: false }).waitFor();
});

describe.each([
  ['out of the back-forward cache', { keepsPages: true }, { persisted: true, type: 'navigate' }],
  ['loaded anew', {}, { persisted: false, type: 'back_forward' }],
] as const)('a page that *back* leads to, %s', (_way, options, came) => {
  let browser: Browser;
  let page: Page;
  beforeEach(async () => {
    browser = await launchChromium(options);
    page = await (await browser.newContext({ baseURL: test.url })).newPage();
    await page.addInitScript(watchWhatShows);
    await page.goto('/sessions');
    await signIn(page, 'bob');
    await page.getByRole('button', { name: 'End my other sessions' }).waitFor();
    expect(await page.evaluate(() => globalThis.watched.hasShown)).toBe(true);
    // Another origin.
    await page.goto(new URL('/healthz', test.url.replace('localhost', '127.0.0.1')).href);
  });
  afterEach(() => browser.close());

  /** Goes back, and waits for no `load`, which a page out of the cache does not tell. */
  async function goBack(): Promise<void> {
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction(() => globalThis.watched?.pageshow !== null);
    const pageshow = await page.evaluate(() => globalThis.watched.pageshow);
    const type = await page.evaluate(() => performance.getEntriesByType('navigation')[0]?.toJSON().type as string);
    expect({ ...pageshow, type }).toEqual({ ...came, shownText: '' });
  }

  it('shows nothing of it when the session has ended', async () => {
    await revoke('bob');
    await goBack();
    await (came.persisted ? isSignedOut(page) : page.getByRole('button', { name: 'Sign in' }).waitFor());
    expect(await page.evaluate(() => globalThis.watched.hasShown)).toBe(false);
  });

  it('shows it again when the session goes on', async () => {
    await goBack();
    await page.getByRole('button', { name: 'End my other sessions' }).waitFor();
    expect(await page.evaluate(() => globalThis.watched.hasShown)).toBe(true);
  });
});

it('tells the portal of a person, and of nobody else', async () => {
  const page = await context.newPage();
  const seen: { call: string; activity: string | undefined }[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/api')) return;
    seen.push({ call: `${request.method()} ${pathname}`, activity: request.headers()['curfew-activity'] });
  });
  await page.goto('/clusters');
  await signIn(page, 'bob');
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  seen.length = 0;
  await test.clock.advance(2 * 60_000);
  await page.reload();
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  await expect.poll(() => seen.some(({ call }) => call === 'GET /api/clusters')).toBe(true);
  expect(seen.filter(({ activity }) => activity !== 'none')).toEqual([]);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect.poll(() => seen.filter(({ call }) => call === 'POST /api/session/activity').length).toBe(1);
});
