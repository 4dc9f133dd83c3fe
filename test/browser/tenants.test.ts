import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

let test: TestPortal;
let administrator: TestBrowser;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  administrator = await test.administrator();
  await test.user('bob');
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});
beforeEach(async () => {
  page = await (await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } })).newPage();
  return () => page.context().close();
});

const open = async (username: string, path: string): Promise<void> => {
  await test.clock.advance(1);
  await signIn(page, username, encodeURIComponent(path));
  await page.locator('h1').waitFor();
};

it('an administrator adds a tenant, lets a user in, makes that read-only, and deletes the tenant', async () => {
  await open('ada', '/admin/tenants');
  await page.getByText('There are no tenants yet.').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });

  await page.getByRole('button', { name: 'Add tenant' }).click();
  const pane = page.getByRole('dialog', { name: 'Add tenant' });
  await pane.getByLabel('Name', { exact: true }).fill('Dev');
  await pane.getByRole('button', { name: 'Add tenant' }).click();
  await pane.getByText('A tenant’s name has 1 to 40 characters').waitFor();
  await pane.getByText('Choose a cluster.').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await pane.getByLabel('Name', { exact: true }).fill('dev');
  await pane.getByRole('combobox', { name: 'Cluster' }).click();
  await page.getByRole('option', { name: 'nowhere' }).click();
  await pane.getByRole('button', { name: 'Add tenant' }).click();
  await page.getByRole('cell', { name: 'duploservices-dev' }).waitFor();

  await page.getByRole('button', { name: 'Actions for dev' }).click();
  await page.getByRole('menuitem', { name: 'Access' }).click();
  const access = page.getByRole('dialog', { name: 'Access to dev' });
  await access.getByLabel('Username').fill('bob');
  await access.getByRole('button', { name: 'Give access' }).click();
  await access.getByLabel('bob is read-only').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await access.getByText('bob', { exact: true }).waitFor();
  await access.getByRole('switch', { name: 'bob is read-only' }).click({ force: true });
  await page.getByText('Let bob only read in dev? No live session ends by it.').waitFor();
  await page.getByRole('button', { name: 'Make read-only' }).click();
  await expect.poll(() => access.getByRole('switch', { name: 'bob is read-only' }).isChecked()).toBe(true);
  await page.keyboard.press('Escape');

  await page.goto('/admin/users');
  await page.getByRole('cell', { name: 'dev (read-only)' }).waitFor();

  await page.goto('/admin/tenants?search=nothing');
  await page.getByText('Nothing matches “nothing”.').waitFor();
  await page.goto('/admin/tenants');
  await page.getByRole('button', { name: 'Actions for dev' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText('The namespace duploservices-dev of nowhere stays as it is.').waitFor();
  await page.getByLabel('Type dev to confirm').fill('dev');
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  await page.getByText('There are no tenants yet.').waitFor();
});

it('whoever may enter tenants picks one in the header, and the browser remembers it', async () => {
  for (const name of ['apps', 'web']) {
    const { body } = await administrator.send('POST', '/api/tenants', { name, cluster: 'nowhere' });
    await administrator.send('PUT', `/api/tenants/${body.id}/access/bob`, { readOnly: name === 'web' });
  }
  await open('bob', '/clusters');
  await page.getByText('In the tenant apps, namespace duploservices-apps').waitFor();
  await page.getByRole('button', { name: 'Tenant: apps' }).click();
  await page.getByRole('menuitem', { name: 'web' }).click();
  await page.getByText('In the tenant web, namespace duploservices-web, read-only').waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Tenant: web' }).waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
});

it('an administrator gives and takes tenants on the users page, and sees the sessions of one user', async () => {
  await open('ada', '/admin/users');
  await page.getByRole('button', { name: 'Actions for bob' }).click();
  await page.getByRole('menuitem', { name: 'Tenants' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tenants of bob' });
  await dialog.getByRole('switch', { name: 'Read-only in apps' }).click({ force: true });
  await page.getByText('Let bob only read in apps? No live session ends by it.').waitFor();
  await page.getByRole('button', { name: 'Make read-only' }).click();
  await expect.poll(() => dialog.getByRole('switch', { name: 'Read-only in apps' }).isChecked()).toBe(true);
  await dialog.getByRole('button', { name: 'Remove web' }).click();
  await page.getByText('Take access to web away from bob? No live session ends by it.').waitFor();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog.getByRole('button', { name: 'Remove web' }).waitFor({ state: 'detached' });
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await dialog.getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'web' }).click();
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await dialog.getByRole('button', { name: 'Remove web' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('cell', { name: 'apps (read-only), web' }).waitFor();

  await page.getByRole('button', { name: 'Actions for bob' }).click();
  await page.getByRole('menuitem', { name: 'Sessions' }).click();
  await page.getByRole('button', { name: 'End the portal session of bob' }).first().waitFor();
  expect(await page.getByRole('button', { name: 'End the portal session of ada' }).count()).toBe(0);
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await page.getByRole('button', { name: 'Show those of everyone' }).click();
  await page.getByRole('button', { name: 'End the portal session of ada' }).first().waitFor();
});

it('an administrator is in whole clusters until another choice', async () => {
  await open('ada', '/clusters');
  await page.getByRole('button', { name: 'Tenant: Whole clusters' }).click();
  await page.getByRole('menuitem', { name: 'apps' }).press('Enter');
  await page.getByText('In the tenant apps').waitFor();
  expect(await page.getByRole('article', { name: 'elsewhere' }).getByText('In the tenant').count()).toBe(0);
});
