import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD } from '../support/test-portal.ts';
import { signIn } from './looks.ts';
import { RealDashboard, kubectl } from './real-dashboard.ts';

// What somebody writes as YAML, on the real node.

let house: RealDashboard;
let page: Page;

const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'green' } };
const colour = (): string => house.inNamespace('get', 'configmap', 'settings', '-o', 'jsonpath={.data.colour}');
const yaml = () => house.address('v1/configmaps', 'settings', 'yaml');

beforeAll(async () => {
  house = await RealDashboard.open('drafts', [SETTINGS]);
  ({ page } = house);
});
afterAll(() => house.close());

/** Changes one word of the YAML that is being edited. */
async function replace(from: string, to: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+f');
  await page.keyboard.type(from);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.type(to);
  await page.locator('.cm-content').getByText(to).first().waitFor();
}
const draftsOf = (username: string): Promise<number> =>
  page.evaluate(
    (prefix) => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix)).length,
    `curfew-draft:${username}:`,
  );

it('what somebody else changed meanwhile is not overwritten: the draft stays, is compared, and is saved then', async () => {
  await page.goto(yaml());
  await page.getByRole('button', { name: 'Edit' }).click();
  await replace('green', 'blue');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  house.inNamespace('annotate', 'configmap', 'settings', 'by=somebody');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody changed it meanwhile').waitFor();
  expect(colour()).toBe('green');
  await page.getByRole('button', { name: 'Compare with the newest' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  await house.looksWell();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(colour).toBe('blue');
  // As the comparison said.
  expect(house.inNamespace('get', 'configmap', 'settings', '-o', 'jsonpath={.metadata.annotations.by}')).toBe('');
  expect(await draftsOf('ada')).toBe(0);
});

it('managed fields are not shown, and what is long is folded', async () => {
  await page.goto(yaml());
  await page.locator('.cm-content').getByText('colour').waitFor();
  expect(kubectl(['-n', house.namespace, 'get', 'configmap', 'settings', '-o', 'json'])).toContain('managedFields');
  expect(await page.locator('.cm-content').textContent()).not.toContain('managedFields');
  await page.locator('.cm-foldGutter .cm-gutterElement', { hasText: '⌄' }).first().click();
  await page.locator('.cm-foldPlaceholder').waitFor();
});

it('a draft outlives the session for whoever wrote it, and not for anybody else', async () => {
  await page.goto(yaml());
  await page.getByRole('button', { name: 'Edit' }).click();
  await replace('blue', 'violet');
  await house.test.clock.jump(30 * 60_000);
  await page.getByText('Nothing of the cluster is shown any more.').waitFor();
  expect(await draftsOf('ada')).toBe(1);
  await page.context().clearCookies();
  await signIn(page, 'ada', encodeURIComponent(yaml()));
  await page.getByRole('button', { name: 'Go on with your draft' }).click();
  await page.locator('.cm-content').getByText('violet').waitFor();

  const ada = await house.test.administrator();
  await ada.send('POST', '/api/users', { username: 'bob', password: PASSWORD, role: 'Administrator' });
  await house.test.clock.jump(60 * 60_000);
  await page
    .getByText(/Sign in/)
    .first()
    .waitFor();
  await signIn(page, 'bob', encodeURIComponent(yaml()));
  await page.getByRole('button', { name: 'Edit' }).waitFor();
  expect(await draftsOf('ada')).toBe(0);
  expect(colour()).toBe('blue');
});
