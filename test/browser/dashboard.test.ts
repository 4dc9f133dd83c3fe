import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import type { RecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

let folder: string;
let upstream: RecordingUpstream;
let test: TestPortal;
let chromium: Browser;
let page: Page;
const watches: ServerResponse[] = [];

const row = (name: string, version: string) => ({
  cells: [name, '1/1', 'Running', '5m'],
  object: { metadata: { uid: name, name, namespace: 'dev', resourceVersion: version } },
});
const columnDefinitions = ['Name', 'Ready', 'Status', 'Age'].map((name) => ({ name }));

/** As much of an API server as a list of pods takes. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (searchParams.get('watch') === '1') {
    watches.push(response);
    response.flushHeaders();
  } else response.end(JSON.stringify(bodyOf(pathname)));
}

function bodyOf(path: string): object {
  if (path === '/apis') return { groups: [] };
  const pods = { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list', 'watch'], shortNames: ['po'] };
  const nodes = { ...pods, name: 'nodes', kind: 'Node', namespaced: false, shortNames: ['no'] };
  if (path === '/api/v1') return { resources: [pods, nodes] };
  const rows = path.endsWith('/pods') ? [row('web', '5'), row('db', '5')] : [];
  return { metadata: { resourceVersion: '5' }, columnDefinitions, rows };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-dashboard-'));
  upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  upstream.answer = answer;
  test = await startTestPortal({ kubeconfig: upstream.kubeconfig });
  const ada = await test.administrator();
  const isReady = async () => (await ada.get('/api/clusters')).body.items[0].state === 'ready';
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 200 });
  chromium = await launchChromium();
  page = await (await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } })).newPage();
});
afterAll(async () => {
  await chromium.close();
  await test.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true });
});

it('a dashboard lists, follows, is used by keyboard, and is cleared at the end of its session', async () => {
  await signIn(page, 'ada', encodeURIComponent('/clusters/recording/dashboard'));
  await page.getByRole('link', { name: 'web' }).waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: HEIGHT });

  await expect.poll(() => watches.length).toBe(1);
  watches[0]?.write(`${JSON.stringify({ type: 'ADDED', object: { rows: [row('cache', '6')] } })}\n`);
  await page.getByRole('link', { name: 'cache' }).waitFor();

  await page.keyboard.press('Control+k');
  await page.locator('input[aria-label="Go to"]:focus').waitFor();
  await page.keyboard.type('no');
  await page.keyboard.press('Enter');
  await page.getByText('There is no Node.').waitFor();
  expect(await flawsInEveryLook(page)).toEqual([]);
  await page.goBack();
  await page.getByRole('link', { name: 'db' }).waitFor();
  await page.getByLabel('Search', { exact: true }).fill('nothing');
  await page.getByText('No Pod matches.').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();

  // In one step: what the page tells of a person, late, must not fall in between.
  await test.clock.jump(30 * 60_000);
  await page.getByText('Nothing of the cluster is shown any more.').waitFor();
  await page.getByText('K8s session inactivity timeout').waitFor();
  expect(await page.getByText('cache').count()).toBe(0);
});
