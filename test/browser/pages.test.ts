import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';
import { HEIGHT, LOOKS, flawsInEveryLook, overflow, signIn, violations } from './looks.ts';

// Every page, light and dark, wide and narrow: accessible, within the window's width, and without a word in the console.

const PAGES = {
  '/clusters': 'Clusters',
  '/sessions': 'Sessions',
  '/sessions?state=all&scope=all': 'Sessions',
  '/audit': 'Audit',
  '/admin/users': 'Users',
  '/admin/users?dialog=create': 'Users',
  '/admin/tenants': 'Tenants',
  '/admin/users?dialog=tokens&user=bob': 'Users',
  '/admin/users?dialog=tenants&user=bob': 'Users',
  '/admin/system-settings/system-config': 'System Config',
  '/admin/system-settings/system-config?pane=add': 'System Config',
  '/admin/system-settings/system-config?pane=update&key=MaximumK8sSessionDuration': 'System Config',
  '/admin/system-settings/system-config?pane=delete&key=MaximumK8sSessionDuration': 'System Config',
  '/admin/system-settings/history': 'History',
  '/admin/system-settings/replicas': 'Replicas',
  '/profile': 'Profile',
  '/command-line': 'Command line',
  '/command-line/sign-in': 'Sign in at the command line',
  '/command-line/signed-in': 'The command line is signed in',
  '/device': 'Sign in a command line',
  '/nowhere': 'Not found',
};

let test: TestPortal;
let chromium: Browser;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  const administrator = await test.administrator();
  await test.user('bob', { readOnly: true });
  await administrator.send('POST', '/api/users/bob/tokens', { name: 'nightly-build', days: 90, kubernetes: true });
  await administrator.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '30' });
  await administrator.send('PUT', '/api/system-config/Banner', { type: 'Flags', value: 'true' });
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});

async function openPage(look: {
  width: number;
  colorScheme: 'light' | 'dark';
}): Promise<{ page: Page; said: string[] }> {
  const context = await chromium.newContext({
    baseURL: test.url,
    viewport: { width: look.width, height: HEIGHT },
    colorScheme: look.colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => {
    // Chromium itself reports each refused request, as the first question who is signed in.
    const isOwn = !message.text().startsWith('Failed to load resource');
    if (isOwn && ['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.message));
  return { page, said };
}

/** What of the header's controls is not whole within the window: it hides what is too wide. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('header :is(a, button)')]
      .filter((control) => control.getBoundingClientRect().right > innerWidth)
      .map((control) => control.getAttribute('aria-label') ?? control.textContent),
  );

async function signInToClusters(page: Page, username: string): Promise<void> {
  await signIn(page, username);
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
}

describe.each(LOOKS)('$width pixels wide, $colorScheme', (look) => {
  it('shows every page without a violation', async () => {
    const { page, said } = await openPage(look);
    await page.goto('/sign-in');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await signInToClusters(page, 'ada');
    expect(await cutOff(page)).toEqual([]);
    for (const [path, heading] of Object.entries(PAGES)) {
      await page.goto(path);
      await page.getByRole('heading', { name: heading, level: 1, includeHidden: true }).waitFor();
      await page.getByRole('status', { name: /^Loading/ }).waitFor({ state: 'detached' });
      if (path.includes('pane') || path.includes('dialog')) await page.getByRole('dialog').waitFor();
      expect.soft({ path, violations: await violations(page) }).toEqual({ path, violations: [] });
      expect.soft({ path, overflow: await overflow(page) }).toEqual({ path, overflow: 0 });
    }
    expect(said).toEqual([]);
    await page.context().close();
  });
});

it('shows the limits of a cluster in every look, with what a value would end, and sets and removes them', async () => {
  const { page } = await openPage(LOOKS[0]);
  await signInToClusters(page, 'ada');
  await page.getByRole('button', { name: 'Limits of nowhere' }).click();
  const dialog = page.getByRole('dialog', { name: 'Limits of nowhere' });
  const field = dialog.getByLabel('Maximum K8s Session Duration of this cluster (min)');
  await dialog.getByText('Now 30 minutes for sessions that start here: the limit of the system.').first().waitFor();
  await field.fill('20');
  await dialog.getByText('This would end no live session.').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Set Maximum K8s Session Duration' }).click();
  await dialog.getByText('Now 20 minutes for sessions that start here: the limit of the cluster nowhere.').waitFor();
  await field.fill('90');
  await dialog.getByText('This has no effect: the limit of the system is 30 minutes').waitFor();
  await field.fill('1h');
  await dialog.getByRole('button', { name: 'Set Maximum K8s Session Duration' }).click();
  await dialog.getByText('“1h” is not allowed').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Remove Maximum K8s Session Duration' }).click();
  await dialog.getByText('Now 30 minutes for sessions that start here: the limit of the system.').first().waitFor();
  await page.context().close();
});

it('shows and tells those who are not administrators nothing of the administration', async () => {
  const { page } = await openPage(LOOKS[0]);
  await signInToClusters(page, 'bob');
  expect(await page.getByRole('button', { name: 'Administrator' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
  for (const path of ['/admin/users', '/admin/system-settings/system-config', '/audit']) {
    await page.goto(path);
    await page.getByText('There is no such page, or you are not allowed to see it.').waitFor();
  }
  await page.context().close();
});

it.each([
  [1440, 'Help'],
  [390, 'Account of ada'],
])('offers help %d pixels wide', async (width, menu) => {
  const { page } = await openPage({ ...LOOKS[0], width });
  await signInToClusters(page, 'ada');
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: 'API documentation' }).waitFor();
  await page.context().close();
});

it('sorts users, sessions and the record', async () => {
  const { page } = await openPage(LOOKS[0]);
  await signInToClusters(page, 'ada');
  const cells = (column: string) => page.locator(`td[data-label="${column}"]`).allInnerTexts();
  await page.goto('/admin/users');
  await expect.poll(() => cells('USERNAME')).toEqual(['ada', 'bob']);
  await page.getByRole('button', { name: 'USERNAME' }).click();
  await expect.poll(() => cells('USERNAME')).toEqual(['bob', 'ada']);
  await page.goto('/sessions?scope=all&state=all&search=ada&pageSize=100');
  await page.getByRole('button', { name: 'STARTED' }).click();
  await page.waitForURL(/sort=startedAt/);
  expect(new URL(page.url()).searchParams.get('order')).toBe('asc');
  await page.getByText(/^Total [1-9]/).waitFor();
  await page.goto('/audit');
  await page.getByRole('button', { name: 'WHEN' }).click();
  await expect.poll(async () => (await cells('EVENT'))[0]).toBe('user.created');
  await page.context().close();
});

it('keeps a list’s page, size, search and order in the address', async () => {
  const { page } = await openPage(LOOKS[0]);
  await signInToClusters(page, 'ada');
  await page.goto('/admin/system-settings/system-config');
  await page.getByRole('button', { name: 'VALUE' }).click();
  await page.getByLabel('Show').selectOption('10');
  await page.getByLabel('Search settings').fill('Banner');
  await page.waitForURL(/search=Banner/);
  await page.reload();
  expect(new URL(page.url()).searchParams.get('pageSize')).toBe('10');
  expect(new URL(page.url()).searchParams.get('sort')).toBe('value');
  expect(await page.getByLabel('Search settings').inputValue()).toBe('Banner');
  await page.getByText('Total 1').waitFor();
  await page.context().close();
});
