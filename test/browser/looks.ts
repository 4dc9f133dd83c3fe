import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../support/test-portal.ts';

/** What every page is looked at in. */
export const LOOKS = [
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const;

export const HEIGHT = 900;

export async function signIn(page: Page, username: string, returnTo = '/clusters'): Promise<void> {
  await page.goto(`/sign-in?returnTo=${returnTo}`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function violations(page: Page): Promise<string[]> {
  // Without a second page to gather what frames say: no page of the portal has frames, and it takes most of the time.
  const found = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** By how many pixels the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** What is wrong with a page that is open, in every look: it follows the system's while it is shown. */
export async function flawsInEveryLook(page: Page): Promise<string[]> {
  const flaws: string[] = [];
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`[data-mantine-color-scheme=${colorScheme}]`).first().waitFor();
    const wider = await overflow(page);
    const found = wider === 0 ? await violations(page) : [`${wider} pixels too wide`, ...(await violations(page))];
    flaws.push(...found.map((flaw) => `${width}, ${colorScheme}: ${flaw}`));
  }
  return flaws;
}
