import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { INPUT_BY_PERSON, INPUT_BY_TERMINAL } from '../../src/wire/shell.ts';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

// The terminal's page on a real shell: who typed, what is pasted, what a program may not do, and what a reload keeps.

interface Input {
  readonly by: number | undefined;
  readonly text: string;
}

const PATIENTLY = { timeout: 10_000 };

let test: TestPortal;
let chromium: Browser;
let page: Page;
let inputs: Input[] = [];

const screen = () => page.locator('.xterm-rows').innerText();
const prompt = () =>
  page.waitForFunction(() => /\$\s*$/.test(document.querySelector('.xterm-rows')?.textContent ?? ''));
const by = (origin: number) => inputs.filter((input) => input.by === origin).map(({ text }) => text);

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: inject('kubeconfigPath'), realTime: true });
  await test.administrator();
  chromium = await launchChromium();
  const context = await chromium.newContext({
    baseURL: test.url,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') inputs.push({ by: payload[0], text: payload.subarray(1).toString() });
    });
  });
  await page.goto('/sign-in?returnTo=/clusters');
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const link = page.getByRole('link', { name: /^Shell on/ });
  await page.goto((await link.getAttribute('href')) ?? '');
  await prompt();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});
beforeEach(async () => {
  await page.keyboard.type('clear\r');
  await prompt();
  inputs = [];
});

it('says which input is a person’s, and which the terminal answered by itself', async () => {
  await page.keyboard.type("sleep 0.3; printf '\\e[6n\\e[c'\r");
  await expect.poll(() => by(INPUT_BY_TERMINAL).join(''), PATIENTLY).toMatch(/\[\d+;\d+R.\[\?1;2c/);
  expect(by(INPUT_BY_PERSON).join('')).toBe("sleep 0.3; printf '\\e[6n\\e[c'\r");
  await page.keyboard.press('Control+c');
});

it('lets no program write the clipboard', async () => {
  await page.evaluate(() => navigator.clipboard.writeText('mine'));
  await page.keyboard.type("printf '\\e]52;c;ZXZpbA==\\a'; echo do''ne\r");
  await expect.poll(screen, PATIENTLY).toContain('done');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine');
});

it('pastes one line at once, several after they were confirmed, and no control characters', async () => {
  await page.evaluate(() => navigator.clipboard.writeText('echo one\u001B[201~'));
  await page.keyboard.press('Control+Shift+V');
  await expect.poll(() => by(INPUT_BY_PERSON).join(''), PATIENTLY).toContain('echo one[201~');
  await page.keyboard.press('Control+c');
  inputs = [];

  await page.evaluate(() => navigator.clipboard.writeText('echo two\necho three\n'));
  await page.keyboard.press('Control+Shift+V');
  const dialog = page.getByRole('dialog', { name: 'Paste 2 lines?' });
  await dialog.getByText('echo three').waitFor();
  expect(inputs).toEqual([]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(inputs).toEqual([]);
  await page.keyboard.press('Control+Shift+V');
  await dialog.getByRole('button', { name: 'Paste', exact: true }).click();
  await expect.poll(() => by(INPUT_BY_PERSON).join(''), PATIENTLY).toContain('echo two\recho three\r');
  await page.keyboard.press('Control+c');
});

it('finds text, and lets the keyboard leave the terminal', async () => {
  await page.keyboard.type('echo need""le\r');
  await expect.poll(screen, PATIENTLY).toContain('needle');
  await page.keyboard.press('Control+Shift+F');
  const search = page.getByRole('textbox', { name: 'Search the scrollback' });
  await search.fill('needle');
  expect(await page.getByText('No match').count()).toBe(0);
  await search.fill('haystack');
  await page.getByText('No match').waitFor();
  await search.press('Escape');
  await page.keyboard.press('Control+Shift+E');
  expect(await page.evaluate(() => document.activeElement?.closest('[role=toolbar]') !== null)).toBe(true);
  await page.locator('.xterm-helper-textarea').focus();
});

it('keeps the shell across a reload, without answering old questions again', async () => {
  await page.keyboard.type("cd /tmp; marker=kept; printf '\\e[6n'; sleep 1\r");
  await expect.poll(() => by(INPUT_BY_TERMINAL).length, PATIENTLY).toBeGreaterThan(0);
  await page.keyboard.press('Control+c');
  const address = page.url();
  inputs = [];
  await page.reload();
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.keyboard.type('echo $marker-in-$PWD\r');
  await expect.poll(screen, PATIENTLY).toContain('kept-in-/tmp');
  expect(page.url()).toBe(address);
  expect(by(INPUT_BY_TERMINAL)).toEqual([]);
});

it('offers the scrollback as plain text, and a new shell after exit', async () => {
  await page.keyboard.type("printf '\\e[31mred\\e[0m-text\\n'\r");
  await expect.poll(screen, PATIENTLY).toContain('red-text\n');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download scrollback' }).click();
  const stream = await (await downloading).createReadStream();
  const text = (await stream.toArray()).join('');
  expect(text).toContain('red-text');
  expect(text).not.toContain('\u001B');
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('exit\r');
  await page.getByText('The shell exited').waitFor();
  await page.getByRole('button', { name: 'Open a new shell' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  await prompt();
});
