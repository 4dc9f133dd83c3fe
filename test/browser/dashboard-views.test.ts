import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { PASSWORD } from '../support/test-portal.ts';
import { signIn } from './looks.ts';
import { RealDashboard, deployment, kubectl, podSpec } from './real-dashboard.ts';

// Lists, logs, rights and the session's limit, on the real node.

let house: RealDashboard;
let page: Page;
let zone: string;

const settings = (name: string, tier: string) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } },
  metadata: { name, labels: { tier } },
});
const rows = (where = page): Promise<string[]> => where.getByRole('row').getByRole('link').allTextContents();
const create = (object: object): void => void kubectl(['-n', zone, 'create', '-f', '-'], JSON.stringify(object));

beforeAll(async () => {
  house = await RealDashboard.open('views', [
    deployment('web', {
      main: 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; until test -e /go; do sleep 0.1; done; echo and on; sleep 9999',
    }),
    ...['alpha', 'beta', 'gamma'].map((name) => settings(name, name === 'beta' ? 'back' : 'front')),
  ]);
  ({ page, namespace: zone } = house);
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.test.clock.advance(1);
});

it('a list is narrowed, sorted and given its columns, and its address shows the same to somebody else', async () => {
  await page.goto(house.address('v1/configmaps'));
  await page.getByRole('link', { name: 'beta' }).waitFor();
  await page.getByLabel('Labels', { exact: true }).fill('tier=front');
  await page.keyboard.press('Enter');
  await expect.poll(() => rows()).toEqual(['alpha', 'gamma']);
  await page.getByRole('columnheader', { name: /^Name/ }).getByRole('button').click();
  if ((await rows())[0] === 'alpha')
    await page.getByRole('columnheader', { name: /^Name/ }).getByRole('button').click();
  await expect.poll(() => rows()).toEqual(['gamma', 'alpha']);
  await page.getByRole('button', { name: 'Columns' }).click();
  await house.looksWell();
  await page.getByRole('checkbox', { name: 'Age' }).uncheck();
  await page.keyboard.press('Escape');
  await page.getByLabel('Fields', { exact: true }).fill('metadata.name=gamma');
  await page.keyboard.press('Enter');
  await expect.poll(() => rows()).toEqual(['gamma']);

  const ada = await house.test.administrator();
  await ada.send('POST', '/api/users', { username: 'bob', password: PASSWORD, role: 'User' });
  await ada.send('PUT', `/api/clusters/${house.cluster}/grants/user/bob`);
  const context = await page.context().browser()?.newContext({ baseURL: house.test.url });
  const other = (await context?.newPage()) as Page;
  kubectl(['-n', zone, 'create', 'rolebinding', 'bob', '--clusterrole=view', '--user=curfew:bob']);
  const address = new URL(page.url());
  await signIn(other, 'bob', encodeURIComponent(address.pathname + address.search));
  await expect.poll(() => rows(other)).toEqual(['gamma']);
  expect(await other.getByRole('columnheader', { name: /^Age/ }).count()).toBe(0);
  expect(await other.getByRole('columnheader', { name: /^Name/ }).getAttribute('aria-sort')).toBe('descending');

  await page.getByLabel('Fields', { exact: true }).fill('no.such=field');
  await page.keyboard.press('Enter');
  await page
    .getByRole('alert')
    .getByText(/field label|not supported|no\.such/)
    .waitFor();
  await context?.close();
});

it('what somebody may not do is not offered, and a refusal names what is missing', async () => {
  const context = await page.context().browser()?.newContext({ baseURL: house.test.url });
  const his = (await context?.newPage()) as Page;
  await signIn(his, 'bob', encodeURIComponent(house.address('v1/namespaces', zone).replace(/&of=[^&]*/, '')));
  await his.getByRole('heading', { name: zone }).waitFor();
  await his.getByRole('tab', { name: 'Events' }).waitFor();
  expect(await his.getByRole('button', { name: 'Actions' }).count()).toBe(0);
  await his.goto(house.address('rbac.authorization.k8s.io/v1/clusterroles'));
  await his
    .getByRole('alert')
    .getByText(/cannot list resource "clusterroles"/)
    .waitFor();
  await context?.close();
});

it('a log goes on while it is read, and is saved as a whole', async () => {
  const name = await house.podName('web');
  await page.goto(house.address('v1/pods', name, 'logs'));
  await page.getByText('line 2999').waitFor();
  expect(await page.getByText(/^line 0$/m).count()).toBe(0);
  house.inNamespace('exec', name, '--', 'touch', '/go');
  await page.getByText('and on').waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\n');
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([3001, 'line 0', 'and on']);
});

it('the events of a node are there', async () => {
  const node = kubectl(['get', 'nodes', '-l', 'kubernetes.io/os', '-o', 'jsonpath={.items[0].metadata.name}']);
  const said = kubectl([
    'get',
    'events',
    '-A',
    '--field-selector',
    `involvedObject.kind=Node,involvedObject.name=${node}`,
  ]);
  expect(said).toContain(node);
  await page.goto(house.address('v1/nodes', node, 'events').replace(/&of=[^&]*/, ''));
  await page.getByRole('tabpanel').getByRole('listitem').first().waitFor();
});

it('the countdown goes to the maximum for whoever is active, and every view is cleared there, with the reason', async () => {
  create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'extra' }, spec: podSpec({ main: 'sleep 9999' }) });
  await page.context().clearCookies();
  await signIn(page, 'ada', encodeURIComponent(house.address('v1/pods')));
  await page.getByRole('link', { name: 'extra' }).waitFor();
  const views: [string, () => Promise<void>][] = [];
  const edit = await page.context().newPage();
  await edit.goto(house.address('v1/configmaps', 'alpha', 'yaml'));
  await edit.getByRole('button', { name: 'Edit' }).click();
  views.push(['edit', () => edit.getByText('Nothing of the cluster is shown any more.').waitFor()]);
  const creating = await page.context().newPage();
  await creating.goto(`${house.address('v1/configmaps')}&create=true`);
  await creating.getByRole('button', { name: 'Review' }).waitFor();
  views.push(['create', () => creating.getByText('Nothing of the cluster is shown any more.').waitFor()]);
  const acting = await page.context().newPage();
  await acting.goto(house.address('apps/v1/deployments', 'web'));
  await acting.getByRole('button', { name: 'Actions' }).click();
  await acting.getByRole('menuitem', { name: 'Scale' }).click();
  await acting.getByLabel('Replicas').waitFor();
  views.push(['dialog', () => acting.getByText('Nothing of the cluster is shown any more.').waitFor()]);
  for (let minutes = 0; minutes < 50; minutes += 25) {
    await house.test.clock.jump(25 * MINUTE_MS);
    await page.reload();
    await page.getByRole('link', { name: 'extra' }).waitFor();
  }
  await page.getByRole('button', { name: /\b(?:9|10) min/ }).waitFor();
  await house.test.clock.jump(10 * MINUTE_MS);
  for (const [, cleared] of views) await cleared();
  await page.getByText('Nothing of the cluster is shown any more.').waitFor();
  await page
    .getByText(/Maximum K8s Session Duration is 60 minutes/)
    .first()
    .waitFor();
  expect(await acting.getByLabel('Replicas').count()).toBe(0);
});
