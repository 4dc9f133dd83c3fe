import { execFileSync } from 'node:child_process';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

// The seed procedure, literally and in real time: the first two sessions really last a minute.

const MINUTE = 60_000;
/** Not that of another run on this machine. */
const SLEEP = `sleep 9999.${process.pid}`;
const DURATION = 'Authorization token session duration';
const K8S_DURATION = 'Maximum K8s Session Duration';

let test: TestPortal;
let chromium: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: inject('kubeconfigPath'), realTime: true });
  chromium = await launchChromium();
  context = await chromium.newContext();
  page = await context.newPage();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});

const signedOut = (tab: Page) => tab.getByRole('heading', { name: 'You were signed out' });
async function startOfNewestSession(kind: string): Promise<number> {
  const headers = { 'sec-fetch-site': 'same-origin', 'curfew-activity': 'none' };
  const response = await page.request.get(`${test.url}/api/sessions?kind=${kind}`, { headers });
  const { items } = (await response.json()) as { items: { startedAt: string }[] };
  return Date.parse(items[0]?.startedAt ?? '');
}

async function openSystemConfig(): Promise<void> {
  await page.getByRole('button', { name: 'Administrator' }).click();
  await page.getByRole('link', { name: 'System Settings' }).click();
  await page.getByRole('tab', { name: 'System Config' }).click();
}

async function addConfig(label: string, value: string): Promise<void> {
  await page.getByRole('button', { name: 'Add' }).click();
  const pane = page.getByRole('dialog', { name: 'Add Config' });
  await pane.getByRole('combobox', { name: 'Config Type' }).click();
  await page.getByRole('option', { name: 'AppConfig' }).click();
  await pane.getByRole('combobox', { name: 'Key' }).click();
  await page.getByRole('option', { name: label }).click();
  await pane.getByRole('textbox', { name: 'Value' }).fill(value);
  await pane.getByRole('button', { name: 'Submit' }).click();
}

it('signs out every tab a minute after sign-in, once the duration is one minute', async () => {
  await page.goto(test.portal.setupUrl ?? '');
  await page.getByRole('textbox', { name: 'Username' }).fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat the password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: /create/i }).click();
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  const startedAt = await startOfNewestSession('portal');
  const second = await context.newPage();
  await second.goto(`${test.url}/profile`);
  await second.getByRole('heading', { name: 'Profile' }).waitFor();
  await second.goto(`${test.url}/sessions`);
  await second.getByRole('heading', { name: 'Sessions' }).waitFor();

  await openSystemConfig();
  await addConfig(DURATION, '1');
  await page.getByRole('row', { name: /AuthorizationTokenSessionDuration/ }).waitFor();

  const [first, other] = await Promise.all(
    [page, second].map(async (tab) => {
      await signedOut(tab).waitFor({ timeout: 70_000 });
      return Date.now() - startedAt - MINUTE;
    }),
  );
  for (const lateness of [first, other]) {
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(lateness).toBeLessThan(1000);
  }
  await expect.poll(() => page.locator('body').innerText()).toContain(`${DURATION} is 1 minute.`);
  expect(await second.locator('body').innerText()).not.toContain('Last activity');
  // The back button brings nothing back, nor does a reload.
  for (const move of [() => second.goBack(), () => second.reload()]) {
    await move();
    await second.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await second.getByRole('heading', { name: 'Profile' }).count()).toBe(0);
  }
  await second.close();
});

it('cuts the kubectl shell a minute after the Kubernetes session began, with everything in it', async () => {
  const signIn = async () => {
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn();
  // Signing in again returned to the same page: restore the first setting, and start a session that it binds.
  const row = page.getByRole('row', { name: /AuthorizationTokenSessionDuration/ });
  await row.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Delete/ })
    .click();
  await row.waitFor({ state: 'detached' });
  await page.context().clearCookies();
  await page.goto(`${test.url}/sign-in?returnTo=/admin/system-settings/system-config`);
  await page.getByRole('textbox', { name: 'Username' }).fill('ada');
  await signIn();
  await addConfig(K8S_DURATION, '1');
  await page.getByRole('row', { name: /MaximumK8sSessionDuration/ }).waitFor();

  await page.getByRole('link', { name: 'Clusters' }).click();
  const opened = context.waitForEvent('page');
  await page
    .getByRole('link', { name: /Shell/ })
    .or(page.getByRole('button', { name: /Shell/ }))
    .first()
    .click();
  const shell = await opened;
  const screen = () => shell.locator('.xterm-rows').innerText();
  await expect.poll(screen, { timeout: 20_000 }).toMatch(/\$ /);
  const startedAt = await startOfNewestSession('kubernetes');
  await shell.locator('.xterm').click();
  await shell.keyboard.type(`nohup ${SLEEP} &\n`, { delay: 5 });
  await shell.keyboard.type('kubectl get pods -n demo -w\n', { delay: 5 });
  await expect.poll(screen, { timeout: 20_000 }).toContain('shell-target');
  expect(processes(SLEEP)).toBe(1);

  await shell.getByText('Your Kubernetes session ended at').waitFor({ timeout: 70_000 });
  const lateness = Date.now() - startedAt - MINUTE;
  expect(lateness).toBeGreaterThanOrEqual(0);
  expect(lateness).toBeLessThan(1000);
  await expect.poll(() => processes(SLEEP), { timeout: 1000 }).toBe(0);
  expect(await shell.locator('body').innerText()).toContain(`${K8S_DURATION} is 1 minute.`);
  // The scrollback stays; nothing that is typed goes anywhere.
  expect(await screen()).toContain('shell-target');
  await shell.getByRole('main').getByRole('button', { name: 'Download scrollback' }).waitFor();
  // The portal session lives on, and nothing opens at the cluster until its user signs in again.
  await page.reload();
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  const refused = await page.request.post(`${test.url}/api/shells`, {
    headers: { origin: test.url, 'curfew-request': '1' },
    data: { cluster: 'local' },
  });
  expect(refused.status()).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'reauthentication-required', endReason: 'max-duration' });
});

it('signs out every tab at once where the sign-in is older than the new duration', async () => {
  expect(Date.now() - (await startOfNewestSession('portal'))).toBeGreaterThan(MINUTE);
  const second = await context.newPage();
  await second.goto(`${test.url}/sessions`);
  await second.getByRole('button', { name: 'End my other sessions' }).waitFor();
  await openSystemConfig();
  await addConfig(DURATION, '1');
  const submittedAt = Date.now();
  await Promise.all([page, second].map((tab) => signedOut(tab).waitFor()));
  expect(Date.now() - submittedAt).toBeLessThan(1000);
  for (const tab of [page, second]) {
    const text = await tab.locator('body').innerText();
    expect(text).toContain(`${DURATION} is 1 minute.`);
    expect(text).not.toMatch(/End my other sessions|Add Config/);
  }
});

function processes(command: string): number {
  const all = execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.endsWith(command) && !line.startsWith('Z')).length;
}
