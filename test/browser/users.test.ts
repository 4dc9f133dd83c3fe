import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

const NEW_PASSWORD = 'another correct horse';

let test: TestPortal;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  chromium = await launchChromium();
  page = await (await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } })).newPage();
  await test.clock.advance(1);
  await signIn(page, 'ada', encodeURIComponent('/admin/users'));
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});

const act = async (item: string): Promise<void> => {
  await page.getByRole('button', { name: 'Actions for bob' }).click();
  await page.getByRole('menuitem', { name: item }).click();
};
const attempt = async (password: string): Promise<number> =>
  (await test.browser().send('POST', '/api/session', { username: 'bob', password })).status;

it('an administrator adds a user, resets the password, disables and deletes', async () => {
  await page.getByRole('button', { name: 'Add user' }).click();
  const pane = page.getByRole('dialog', { name: 'Add user' });
  await pane.getByRole('textbox', { name: 'Username' }).fill('bob');
  await pane.getByLabel('Password', { exact: true }).fill('short');
  await pane.getByRole('button', { name: 'Add user' }).click();
  await pane.getByText('A password has 12 to 1024 characters.').waitFor();
  await pane.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await pane.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('cell', { name: 'bob', exact: true }).waitFor();
  expect(await attempt(PASSWORD)).toBe(201);

  await act('Reset password');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Reset password' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect([await attempt(PASSWORD), await attempt(NEW_PASSWORD)]).toEqual([401, 201]);

  await act('Update');
  await page.getByRole('switch', { name: 'Disabled' }).click({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await attempt(NEW_PASSWORD)).toBe(401);
  await act('Update');
  await page.getByRole('switch', { name: 'Disabled' }).click({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

it('makes an API token for a user, which is shown once, and revokes it', async () => {
  await act('API tokens');
  const dialog = page.getByRole('dialog', { name: 'API tokens of bob' });
  await dialog.getByRole('button', { name: 'Make a token' }).click();
  await dialog.getByLabel('Name').fill('nightly');
  await dialog.getByRole('button', { name: 'Make token' }).click();
  await dialog.getByText('This is nightly. Copy it now: it is not shown again.').waitFor();
  const token = await dialog.getByRole('status').locator('pre').innerText();
  const asked = () => fetch(`${test.url}/api/session/check`, { headers: { authorization: `Bearer ${token}` } });
  expect((await asked()).status).toBe(204);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await act('API tokens');
  await dialog.getByRole('cell', { name: 'nightly', exact: true }).waitFor();
  expect(await page.content()).not.toContain(token);
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Revoke nightly?').waitFor();
  await page.getByRole('dialog', { name: 'Revoke API token' }).getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('cell', { name: 'nightly', exact: true }).waitFor({ state: 'detached' });
  expect((await asked()).status).toBe(401);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await act('Delete');
  await page.getByLabel('Type bob to confirm').fill('bob');
  await page.getByRole('button', { name: 'Delete user' }).click();
  await page.getByRole('cell', { name: 'bob', exact: true }).waitFor({ state: 'detached' });
  expect(await attempt(NEW_PASSWORD)).toBe(401);
});
