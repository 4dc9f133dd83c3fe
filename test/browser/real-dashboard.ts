import { execFileSync } from 'node:child_process';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect, inject, vi } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { HEIGHT, flawsInEveryLook, signIn } from './looks.ts';

/** kubectl of the real cluster, as its administrator. */
export function kubectl(args: readonly string[], input = ''): string {
  const all = ['--kubeconfig', inject('kubeconfigPath'), ...args];
  return execFileSync(inject('kubectlPath'), all, { input, encoding: 'utf8' });
}

/** The spec of a pod that has nothing to finish, made of commands of a shell. */
export function podSpec(commands: Readonly<Record<string, string>>): object {
  const image = { image: 'localhost/tools:1', imagePullPolicy: 'Never' };
  const containers = Object.entries(commands).map(([name, command]) => ({
    name,
    ...image,
    command: ['sh', '-c', command],
  }));
  return { terminationGracePeriodSeconds: 0, containers };
}

/** A deployment of one pod with the label `app`. */
export function deployment(name: string, commands: Readonly<Record<string, string>>): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec(commands) };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  };
}

/** The dashboard of the real node in Chromium, with the administrator `ada` signed in, and a namespace for one test. */
export class RealDashboard {
  readonly namespace: string;
  readonly test: TestPortal;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #chromium: Browser;
  readonly cluster: string;

  private constructor(namespace: string, test: TestPortal, context: BrowserContext, page: Page, cluster: string) {
    this.namespace = namespace;
    this.test = test;
    this.context = context;
    this.page = page;
    this.#chromium = context.browser() as Browser;
    this.cluster = cluster;
  }

  static async open(name: string, objects: readonly object[]): Promise<RealDashboard> {
    const namespace = `${name}-${process.pid}`;
    kubectl(['create', 'namespace', namespace]);
    for (const each of objects) kubectl(['-n', namespace, 'create', '-f', '-'], JSON.stringify(each));
    const test = await startTestPortal({ kubeconfig: inject('kubeconfigPath') });
    const ada = await test.administrator();
    const first = async () => (await ada.get('/api/clusters')).body.items[0];
    await vi.waitUntil(async () => (await first()).state === 'ready', { timeout: 20_000, interval: 200 });
    const chromium = await launchChromium();
    const context = await chromium.newContext({ baseURL: test.url, viewport: { width: 1440, height: HEIGHT } });
    const page = await context.newPage();
    const house = new RealDashboard(namespace, test, context, page, (await first()).id);
    await signIn(page, 'ada', encodeURIComponent(house.address('apps/v1/deployments')));
    await page.getByRole('heading', { name: 'Deployment' }).waitFor();
    return house;
  }

  async close(): Promise<void> {
    await this.#chromium.close();
    await this.test.stop();
    kubectl(['delete', 'namespace', this.namespace, '--wait=false']);
  }

  /** The path of a list, or of an object and one of its parts. */
  address(kind: string, name?: string, tab?: string): string {
    const { namespace } = this;
    const query = new URLSearchParams({
      ...{ kind, namespace },
      ...(name !== undefined && { name, of: namespace }),
      ...(tab !== undefined && { tab }),
    });
    return `/clusters/${this.cluster}/dashboard?${query.toString()}`;
  }

  inNamespace(...args: string[]): string {
    return kubectl(['-n', this.namespace, ...args]);
  }

  /** The name of the one pod with a label `app`, once the others are gone. */
  async podName(app: string): Promise<string> {
    const running = () =>
      this.inNamespace('get', 'pods', '-l', `app=${app}`, '--field-selector=status.phase=Running', '-o', 'name');
    await expect.poll(() => running().trim().split('\n'), { timeout: 60_000 }).toHaveLength(1);
    this.inNamespace('wait', 'pods', '-l', `app=${app}`, '--for=condition=Ready', '--timeout=60s');
    return running().trim().replace('pod/', '');
  }

  async act(action: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Actions' }).click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  async looksWell(where = this.page): Promise<void> {
    expect(await flawsInEveryLook(where)).toEqual([]);
    await where.setViewportSize({ width: 1440, height: HEIGHT });
  }
}
