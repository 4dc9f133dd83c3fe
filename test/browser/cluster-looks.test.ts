import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { flawsInEveryLook, signIn } from './looks.ts';

// What only a cluster brings: a shell that runs and one that was cut, and a cluster in the making.

let test: TestPortal;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: inject('kubeconfigPath') });
  await test.administrator();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
});
beforeEach(async () => {
  const context = await chromium.newContext({ baseURL: test.url });
  page = await context.newPage();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await page.context().close();
});

it('shows a shell that runs, and one that was cut, without a violation', async () => {
  await signIn(page, 'ada', '/clusters/local/shell');
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.waitForFunction(() => /\$\s*$/.test(document.querySelector('.xterm-rows')?.textContent ?? ''));
  expect(await flawsInEveryLook(page)).toEqual([]);

  await test.clock.advance(30 * 60_000);
  await page.getByRole('alert').filter({ hasText: 'K8s session inactivity timeout is 30 minutes.' }).waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
});

it.each([
  [
    'while it is built',
    { stage: 'compiling Kubernetes', fraction: 0.42, elapsedMs: 95_000, remainingMs: 130_000 },
    null,
  ],
  [
    'when nobody knows how long',
    { stage: 'starting', fraction: 0, elapsedMs: 400, remainingMs: null },
    'Installing golang-go, etcd-server, containerd and runc with apt-get.',
  ],
] as const)('shows a cluster %s', async (_when, progress, message) => {
  // In place of the local cluster's own word, which would take minutes to come true.
  vi.spyOn(test.portal.clusters, 'list').mockReturnValue([
    {
      id: 'local',
      name: 'local',
      source: 'local',
      state: 'building',
      version: null,
      message,
      checkedAt: null,
      progress,
    },
  ]);
  await signIn(page, 'ada');
  const card = page.getByRole('article', { name: 'local' });
  await card.getByRole('progressbar', { name: progress.stage }).waitFor({ state: 'attached' });
  expect(await card.getByRole('button', { name: 'Shell on local' }).isDisabled()).toBe(true);
  expect(await flawsInEveryLook(page)).toEqual([]);
});
