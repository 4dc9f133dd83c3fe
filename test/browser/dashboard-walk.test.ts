import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestPortal } from '../support/test-portal.ts';
import { RealDashboard, deployment } from './real-dashboard.ts';

// Everything that the dashboard shows of one application, on the real node.

const DEADLINE = '{.spec.progressDeadlineSeconds}';
const APPLICATION = deployment('web', {
  main: 'echo first line; echo second line; sleep 9999',
  side: 'echo from the side; sleep 9999',
});

let house: RealDashboard;
let test: TestPortal;
let context: BrowserContext;
let page: Page;

const read = (jsonpath: string): string => house.inNamespace('get', 'deployment', 'web', '-o', `jsonpath=${jsonpath}`);
const podName = () => house.podName('web');
const address: RealDashboard['address'] = (...what) => house.address(...what);
const act = (action: string) => house.act(action);
const looksWell = (where?: Page) => house.looksWell(where);

beforeAll(async () => {
  house = await RealDashboard.open('walk', [APPLICATION]);
  ({ test, context, page } = house);
});
afterAll(() => house.close());

it('one object: its summary, its events, and its YAML, reviewed before it is saved', async () => {
  await page.getByRole('link', { name: 'web' }).click();
  await page.getByRole('heading', { name: 'web' }).waitFor();
  await page.getByText('Available', { exact: true }).first().waitFor();
  await looksWell();
  await page.getByRole('tab', { name: 'Events' }).click();
  await page.getByText('ScalingReplicaSet').first().waitFor();
  await looksWell();
  await page.getByRole('tab', { name: 'YAML' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+f');
  await page.keyboard.type('progressDeadlineSeconds: 600');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.type('progressDeadlineSeconds: 601');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  await looksWell();
  expect(read(DEADLINE)).toBe('600');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => read(DEADLINE)).toBe('601');
});

it('actions: scale, restart, delete', async () => {
  await page.goto(address('apps/v1/deployments', 'web'));
  await act('Scale');
  await page.getByLabel('Replicas').fill('2');
  await looksWell();
  await page.getByRole('button', { name: 'Scale', exact: true }).click();
  await expect.poll(() => read('{.spec.replicas}')).toBe('2');
  await act('Scale');
  await page.getByLabel('Replicas').fill('1');
  await page.getByRole('button', { name: 'Scale', exact: true }).click();
  await expect.poll(() => read('{.spec.replicas}')).toBe('1');
  await act('Restart');
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  await expect.poll(() => read('{.spec.template.metadata.annotations}')).toContain('restartedAt');
  const name = await podName();
  await page.goto(address('v1/pods', name));
  await act('Delete');
  await looksWell();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('It was deleted.').waitFor();
});

it('a pod: its log, and a terminal in it', async () => {
  await page.goto(address('v1/pods', await podName(), 'logs'));
  await page.getByText('second line').waitFor();
  await page.getByLabel('Search the log').fill('first');
  await page.getByText('second line').waitFor({ state: 'detached' });
  await page.getByLabel('Search the log').fill('');
  await page.getByRole('combobox', { name: 'Container' }).click();
  await page.getByRole('option', { name: 'All containers' }).click();
  await page.getByText('side │ from the side').waitFor();
  await page.getByText('main │ second line').waitFor();
  await looksWell();
  await page.getByRole('tab', { name: 'Terminal' }).click();
  const terminal = page.getByTestId('terminal');
  await terminal.click();
  await page.keyboard.type('echo it-is-$((40+2))\n');
  await terminal.getByText('it-is-42').waitFor();
  await looksWell();
  await page.keyboard.type('stty size; exit 3\n');
  await page.getByText('The shell ended with 3.').waitFor();
  await page.getByRole('button', { name: 'Open a new one' }).click();
  await terminal.click();
  await page.keyboard.type('echo again-$((1+1))\n');
  await terminal.getByText('again-2').waitFor();
});

it('by keyboard alone: a pod is found, its log read, and its deployment scaled', async () => {
  const open = async (): Promise<void> => {
    await page.keyboard.press('Control+k');
    await page.locator('input[aria-label="Go to"]:focus').waitFor();
  };
  const go = async (words: string): Promise<void> => {
    await open();
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Go to').waitFor({ state: 'detached' });
  };
  const name = await podName();
  await page.goto(address('v1/services'));
  await page.getByText('There is no Service').waitFor();
  await open();
  await looksWell();
  await page.keyboard.press('Escape');
  await go('po');
  await page.getByRole('link', { name }).waitFor();
  await go(name);
  await page.getByRole('heading', { name }).waitFor();
  await go('logs');
  await page.getByText('second line').waitFor();

  await go('deploy');
  await page.getByRole('link', { name: 'web' }).waitFor();
  await go('web');
  await page.getByRole('heading', { name: 'web' }).waitFor();
  await page.getByRole('button', { name: 'Actions' }).waitFor();
  await go('scale');
  await page.getByLabel('Replicas').and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('2');
  await page.keyboard.press('Enter');
  await expect.poll(() => read('{.spec.replicas}')).toBe('2');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await go('scale');
  await page.getByLabel('Replicas').and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  await expect.poll(() => read('{.spec.replicas}')).toBe('1');
});

it('at the end every view is cleared, in every tab, and what ran in a terminal is gone', async () => {
  const name = await podName();
  const views: [string, string][] = [
    [address('v1/pods'), name],
    [address('v1/pods', name), 'PodScheduled'],
    [address('v1/pods', name, 'yaml'), 'apiVersion'],
    [address('v1/pods', name, 'events'), 'Scheduled'],
    [address('v1/pods', name, 'logs'), 'second line'],
    [address('v1/pods', name, 'terminal'), 'Terminal'],
  ];
  const tabs: Page[] = [];
  for (const [path, shown] of views) {
    const tab = await context.newPage();
    await tab.goto(path);
    await tab.locator('#dashboard').getByText(shown).first().waitFor();
    tabs.push(tab);
  }
  await tabs.at(-1)?.getByTestId('terminal').click();
  await tabs.at(-1)?.keyboard.type('sleep 4321\n');
  const processes = (): string => house.inNamespace('exec', name, '--', 'ps', 'ax', '-o', 'args');
  await expect.poll(processes).toContain('sleep 4321');

  // In one step: what the page tells of a person, late, must not fall in between.
  await test.clock.jump(30 * 60_000);
  for (const [index, tab] of tabs.entries()) {
    await tab.getByText('Nothing of the cluster is shown any more.').waitFor();
    expect(await tab.getByText(views[index]?.[1] ?? '', { exact: true }).count()).toBe(0);
  }
  await looksWell(tabs[0]);
  await expect.poll(processes, { timeout: 20_000 }).not.toContain('sleep 4321');
});
