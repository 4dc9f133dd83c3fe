import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealDashboard, deployment, kubectl, podSpec } from './real-dashboard.ts';

// Every action that dashboard-walk.test.ts does not take, on the real node.

const NODE = `walk-${process.pid}`;
const GROUP = `walk-${process.pid}.example.com`;
const CRON_JOB = {
  ...{ apiVersion: 'batch/v1beta1', kind: 'CronJob', metadata: { name: 'nightly' } },
  spec: {
    schedule: '0 0 1 1 *',
    jobTemplate: { spec: { template: { spec: { ...podSpec({ main: 'echo done' }), restartPolicy: 'Never' } } } },
  },
};
const SERVICE = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 8080, targetPort: 80 }] },
};
const SECRET = {
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' } },
  stringData: { password: 'nobody sees this' },
};

let house: RealDashboard;
let page: Page;

const read = (what: string, jsonpath: string): string =>
  house.inNamespace('get', ...what.split(' '), '-o', `jsonpath=${jsonpath}`);
const confirm = (action: string): Promise<void> =>
  page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

beforeAll(async () => {
  const web = deployment('web', { main: 'echo first life; until test -e /end; do sleep 1; done' });
  house = await RealDashboard.open('actions', [web, CRON_JOB, SERVICE, SECRET]);
  ({ page } = house);
});
afterAll(async () => {
  kubectl(['delete', 'node', NODE, '--ignore-not-found']);
  kubectl(['delete', 'crd', `widgets.${GROUP}`, '--ignore-not-found']);
  await house.close();
});

it('a rollout is undone', async () => {
  house.inNamespace('set', 'env', 'deployment/web', 'ROUND=2');
  house.inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s');
  await page.goto(house.address('apps/v1/deployments', 'web'));
  await house.act('Undo a rollout');
  await page.getByRole('radio', { name: /^Revision 1/ }).check();
  await house.looksWell();
  await confirm('Go back');
  await expect.poll(() => read('deployment web', '{.spec.template.spec.containers[0].env}')).toBe('');
});

it('a cron job is run now, suspended and resumed', async () => {
  const { version } = JSON.parse(kubectl(['get', '--raw', '/apis/batch'])).preferredVersion;
  const served = kubectl(['api-resources', '--api-group=batch', '-o', 'name']).includes('cronjobs');
  expect([served, version]).toEqual([true, 'v1']);
  await page.goto(house.address('batch/v1beta1/cronjobs', 'nightly'));
  await house.act('Run now');
  await page.getByLabel('Name of the job').fill('tonight');
  await house.looksWell();
  await confirm('Run');
  await expect.poll(() => read('job tonight', '{.status.succeeded}'), { timeout: 30_000 }).toBe('1');
  await house.act('Suspend');
  await confirm('Suspend');
  await expect.poll(() => read('cronjob nightly', '{.spec.suspend}')).toBe('true');
  await house.act('Resume');
  await confirm('Resume');
  await expect.poll(() => read('cronjob nightly', '{.spec.suspend}')).toBe('false');
});

it('a service and a pod list their ports, and what is in a Secret is shown when asked for', async () => {
  await page.goto(house.address('v1/services', 'web'));
  await page.getByRole('heading', { name: 'Ports' }).waitFor();
  await page.getByRole('cell', { name: '8080' }).waitFor();
  await page.goto(house.address('v1/secrets', 'key', 'yaml'));
  await page.getByRole('button', { name: 'Show it' }).waitFor();
  const encoded = Buffer.from(SECRET.stringData.password).toString('base64');
  expect(await page.content()).not.toContain(encoded);
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.getByText(encoded).waitFor();
  await house.looksWell();
  const { items } = (await (await house.test.administrator()).get('/api/audit?search=secret.shown')).body;
  expect(items[0].sentence).toContain(`${house.namespace}/key`);
});

it('the log of the container before, with times, and all of it as a file', async () => {
  const name = await house.podName('web');
  house.inNamespace('exec', name, '--', 'touch', '/end');
  await expect
    .poll(() => read(`pod ${name}`, '{.status.containerStatuses[0].restartCount}'), { timeout: 60_000 })
    .toBe('1');
  await page.goto(house.address('v1/pods', name, 'logs'));
  await page.getByLabel('Previous container').check();
  await page.getByText('first life').waitFor();
  await page.getByLabel('Times').check();
  await page.getByText(/20\d\d-\d\d-\d\dT.* first life/).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe(`${name}-main.log`);
  expect(readFileSync(await file.path(), 'utf8')).toContain('first life');
});

it('many documents are created, a definition before what it defines, and deleted with what is dangerous typed', async () => {
  await page.goto(house.address('v1/configmaps'));
  await page
    .getByRole('button', { name: 'Create' })
    .or(page.getByRole('link', { name: 'Create' }))
    .click();
  const definition = {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      ...{ group: GROUP, scope: 'Namespaced', names: { kind: 'Widget', plural: 'widgets' } },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  const widget = { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name: 'first' } };
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } };
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText([definition, widget, settings].map((each) => JSON.stringify(each)).join('\n---\n'));
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('Needs what comes before it').waitFor();
  await house.looksWell();
  expect(house.inNamespace('get', 'configmaps')).not.toContain('settings');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('Everything was created.').waitFor({ timeout: 30_000 });
  expect(house.inNamespace('get', `widgets.${GROUP}`, '-o', 'name')).toContain('first');

  await page.goto(
    house.address('apiextensions.k8s.io/v1/customresourcedefinitions', `widgets.${GROUP}`).replace(/&of=[^&]*/, ''),
  );
  await house.act('Delete');
  const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
  expect(await remove.isDisabled()).toBe(true);
  await page.getByLabel(`Type widgets.${GROUP} to confirm`).fill(`widgets.${GROUP}`);
  await page.getByRole('combobox', { name: 'What belongs to it' }).click();
  await page.getByRole('option', { name: 'is deleted first' }).click();
  await remove.click();
  await expect.poll(() => kubectl(['get', 'crd', '-o', 'name'])).not.toContain(GROUP);
});

it('a node is cordoned, drained with progress, and uncordoned', async () => {
  // Not the one that runs pods: tests beside this one have theirs there.
  kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }));
  const pod = { ...podSpec({ main: 'sleep 9999' }), nodeName: NODE };
  const kept = { ...pod, volumes: [{ name: 'scratch', emptyDir: {} }] };
  for (const [name, spec] of Object.entries({ goes: pod, stays: kept }))
    house.inNamespace('run', name, '--image=x', `--overrides=${JSON.stringify({ apiVersion: 'v1', spec })}`);
  const unschedulable = () => kubectl(['get', 'node', NODE, '-o', 'jsonpath={.spec.unschedulable}']);
  await page.goto(house.address('v1/nodes', NODE).replace(/&of=[^&]*/, ''));
  await house.act('Cordon');
  await confirm('Cordon');
  await expect.poll(unschedulable).toBe('true');
  await house.act('Uncordon');
  await confirm('Uncordon');
  await expect.poll(unschedulable).toBe('');
  await house.act('Drain');
  await page.getByText(/pods will be evicted/).waitFor();
  await page.getByLabel(/no controller/).check();
  await house.looksWell();
  await confirm('Drain');
  const stateOf = (name: string) => page.getByRole('row', { name: `${house.namespace}/${name}` });
  await stateOf('goes').getByText('Gone').waitFor({ timeout: 60_000 });
  await stateOf('stays')
    .getByText(/^Stays/)
    .waitFor();
  await house.looksWell();
  expect(house.inNamespace('get', 'pods', '-o', 'name')).not.toContain('pod/goes');
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  expect(unschedulable()).toBe('true');
});
