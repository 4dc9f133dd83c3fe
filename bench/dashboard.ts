import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Agent, fetch } from 'undici';
import { loadKubeconfig } from '../src/kubernetes/clusters/load-kubeconfig.ts';
import { launchChromium } from '../test/support/chromium.ts';
import type { Benchmark } from './support/benchmark.ts';
import { startPortalProcess } from './support/portal-process.ts';
import type { PortalProcess } from './support/portal-process.ts';
import type { Scratch } from './support/scratch.ts';
import { PASSWORD, seedDataFolder } from './support/seed.ts';
import { residentKiBOf } from './support/server-process.ts';
import { median, percentile, round } from './support/statistics.ts';

const NAMESPACE = `bench-dashboard-${process.pid}`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const AT_ONCE = 32;
const SCROLL_MS = 3000;

/** Ten thousand pods in a real API server, which runs none of them, in a real browser. */
export const dashboard: Benchmark = {
  name: 'dashboard',
  title: 'the dashboard’s list of pods in Chromium',
  needsKubeconfig: true,
  async run(options, scratch) {
    const pods = options.quick ? 1000 : 10_000;
    const times = options.quick ? 2 : 5;
    const cluster = connect(options.kubeconfig ?? '', scratch);
    await cluster.fill(pods);
    const portal = await startPortal(options.kubeconfig ?? '', scratch, options);
    const chromium = await launchChromium();
    try {
      const page = await openDashboard(await chromium.newPage({ viewport: { width: 1440, height: 900 } }), portal);
      const before = { server: residentKiBOf(portal.server.pid), page: await heapBytes(page) };
      const direct: number[] = [];
      const [firstRows, allRows]: [number[], number[]] = [[], []];
      for (let time = 0; time < times; time++) {
        direct.push(await timeOf(() => cluster.list()));
        const opened = await openList(page, pods);
        firstRows.push(opened.firstRowsMs);
        allRows.push(opened.allRowsMs);
      }
      const frames = await scroll(page);
      const searching = await timeOf(() => search(page, `pod-${pods - 1}`, 1));
      const after = { server: residentKiBOf(portal.server.pid), page: await heapBytes(page) };
      const mib = (bytes: number): number => bytes / 2 ** 20;
      return {
        figures: [
          { name: `a list of ${pods}, all rows`, value: median(allRows), unit: 'ms', bound: { atMost: 1500 } },
          { name: 'its first rows', value: median(firstRows), unit: 'ms' },
          { name: 'the API server’s own time for it', value: median(direct), unit: 'ms' },
          { name: 'searching in it', value: searching, unit: 'ms' },
          { name: 'frame while scrolling, p95', value: percentile(frames, 0.95), unit: 'ms' },
          { name: 'heap of the page', value: mib(after.page), unit: 'MiB' },
          { name: 'heap of the page before it', value: mib(before.page), unit: 'MiB' },
          { name: 'memory of the server', value: after.server / 1024, unit: 'MiB' },
          { name: 'memory of the server before it', value: before.server / 1024, unit: 'MiB' },
        ],
        tables: [
          {
            title: `opening ${pods} pods, ${times} times`,
            columns: ['', 'median ms', 'slowest ms'],
            rows: (
              [
                ['the API server, one table', direct],
                ['the dashboard, first rows', firstRows],
                ['the dashboard, all rows', allRows],
              ] as const
            ).map(([what, each]) => [what, round(median(each), 0), round(Math.max(...each), 0)]),
          },
        ],
        notes: ['The browser, the portal and the API server share the machine; the browser draws without a GPU.'],
      };
    } finally {
      await chromium.close();
      await cluster.empty();
    }
  },
};

function connect(kubeconfig: string, scratch: Scratch) {
  const [definition] = loadKubeconfig([kubeconfig]).clusters;
  if (definition === undefined) throw new Error(`there is no cluster in ${kubeconfig}`);
  const { ca, clientCertificate: cert, clientKey: key } = definition.tls;
  const dispatcher = new Agent({ connect: { ...(ca && { ca }), ...(cert && key && { cert, key }) } });
  scratch.defer(() => dispatcher.close());
  const ask = async (method: string, path: string, body?: object): Promise<string> => {
    const answer = await fetch(definition.server.origin + path, {
      method,
      dispatcher,
      headers: { accept: method === 'GET' ? TABLE : 'application/json', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  };
  return {
    async fill(pods: number): Promise<void> {
      await ask('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
      let next = 0;
      const fillOn = async (): Promise<void> => {
        for (let at = next++; at < pods; at = next++) await ask('POST', PODS, podOf(at));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, fillOn));
    },
    /** The whole list as one table, read to its end. */
    list: () => ask('GET', `${PODS}?includeObject=Metadata`),
    empty: () => ask('DELETE', `/api/v1/namespaces/${NAMESPACE}`),
  };
}

/** A pod that no scheduler takes. */
function podOf(index: number): object {
  const metadata = { name: `pod-${index}`, labels: { app: `app-${index % 50}` } };
  return {
    metadata,
    spec: { schedulerName: 'none', containers: [{ name: 'main', image: 'localhost/none:1' }] },
  };
}

async function startPortal(kubeconfig: string, scratch: Scratch, options: Parameters<Benchmark['run']>[0]) {
  const dataDir = join(scratch.folder, 'data');
  await seedDataFolder(dataDir, []);
  return startPortalProcess(scratch, options, { name: 'curfew', dataDir, kubeconfig });
}

async function openDashboard(page: Page, { port }: PortalProcess): Promise<Page> {
  const url = `http://localhost:${port}`;
  await page.goto(`${url}/sign-in?returnTo=/clusters`);
  await page.getByLabel('Username').fill('bench-0');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const href = await page.getByRole('link', { name: 'Dashboard' }).first().getAttribute('href');
  await page.goto(`${url}${href}?kind=v1%2Fserviceaccounts&namespace=${NAMESPACE}`);
  await page.getByRole('link', { name: 'default' }).waitFor();
  return page;
}

/** From the click on *Pod* to the rows; the list of another kind was shown before. */
async function openList(page: Page, pods: number): Promise<{ firstRowsMs: number; allRowsMs: number }> {
  await page.getByRole('navigation').getByText('ServiceAccount', { exact: true }).click();
  await page.getByRole('link', { name: 'default' }).waitFor();
  await page.getByRole('navigation').getByText('Pod', { exact: true }).scrollIntoViewIfNeeded();
  return page.evaluate(`(async () => {
    const startedAt = performance.now();
    const until = async (isThere) => {
      while (!isThere()) await new Promise(requestAnimationFrame);
      return performance.now() - startedAt;
    };
    [...document.querySelectorAll('nav *')].find((each) => each.children.length === 0 && each.textContent === 'Pod').click();
    const firstRowsMs = await until(() => document.querySelector('a[href*="name=pod-"]') !== null);
    const allRowsMs = await until(() => document.querySelector('[aria-rowcount="${pods + 1}"]') !== null);
    return { firstRowsMs, allRowsMs };
  })()`);
}

async function search(page: Page, words: string, rows: number): Promise<void> {
  await page.getByLabel('Search', { exact: true }).fill(words);
  await page.locator(`[aria-rowcount="${rows + 1}"]`).waitFor();
}

/** Scrolls for some seconds. @returns how long each frame took, in ms */
function scroll(page: Page): Promise<number[]> {
  return page.evaluate(`(async () => {
    const table = document.querySelector('[aria-rowcount]');
    const frames = [];
    const startedAt = performance.now();
    for (let last = startedAt; last - startedAt < ${SCROLL_MS}; ) {
      table.scrollTop += 200;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      frames.push(now - last);
      last = now;
    }
    return frames.slice(1);
  })()`);
}

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
