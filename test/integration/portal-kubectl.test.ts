import { beforeAll, describe, expect, inject, it } from 'vitest';
import { CurfewHouse } from '../support/curfew-process.ts';
import { findKubectls } from '../support/kubectls.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';
import { runKubectl, startKubectl, waitUntil } from './gateway-portal.ts';
import type { RunningKubectl } from './gateway-portal.ts';

/** How late after the end of the session a kubectl may still run: it has to read, print and end. */
const LATE_MS = 5000;
const WHY =
  /Your Kubernetes session ended at .* UTC: Maximum K8s Session Duration is 1 minute\. Sign in to Curfew again, then/;

const house = new CurfewHouse();
/** The one built with the cluster and the one in PATH: an old one and a newer one, which speak different protocols. */
const kubectls = findKubectls(inject('kubectlPath')).slice(0, 2);
let browser: TestBrowser;
let cluster: string;

beforeAll(async () => {
  const portal = await house.serve('--kubeconfig', inject('kubeconfigPath'));
  browser = new TestBrowser(portal.url);
  await browser.send('POST', '/api/setup', { token: portal.setupToken, username: 'ada', password: PASSWORD });
  const body = { type: 'AppConfig', value: '1' };
  expect((await browser.send('PUT', '/api/system-config/MaximumK8sSessionDuration', body)).status).toBe(200);
  cluster = (await browser.get('/api/clusters')).body.items[0].id;
});

function download() {
  return browser.send('POST', `/api/clusters/${cluster}/kubeconfig`);
}

/** Downloads a kubeconfig. @returns where it was saved, and when its session ends */
async function downloadTo(name: string): Promise<{ path: string; endsAt: number }> {
  const { status, body } = await download();
  expect(status).toBe(201);
  return { path: house.write(name, body.kubeconfig), endsAt: Date.parse(body.endsAt) };
}

/** What a kubectl left behind, and when it ended. */
interface Ended extends Awaited<RunningKubectl['ended']> {
  readonly startedAt: number;
  readonly at: number;
}

async function outcomeOf(running: RunningKubectl, startedAt = Date.now()): Promise<Ended> {
  return { ...(await running.ended), startedAt, at: Date.now() };
}

/** Everything that one kubectl does with one kubeconfig, until its session has ended. */
async function useUntilTheEnd(kubectl: string, kubeconfig: string, endsAt: number) {
  const start = (...args: string[]) => startKubectl(kubectl, kubeconfig, ['--namespace=demo', ...args]);
  const [watch, exec] = [
    start('get', 'pods', '--watch'),
    start('exec', '-i', 'shell-target', '--', 'sh', '-c', 'echo ready; cat'),
  ];
  const [watched, execed] = [outcomeOf(watch), outcomeOf(exec)];
  await waitUntil('the streams', () => watch.stdout().includes('shell-target') && exec.stdout() === 'ready\n');
  const gets: Ended[] = [];
  do gets.push(await outcomeOf(start('get', 'pod', 'web', '--output=name')));
  while ((gets.at(-1)?.startedAt ?? 0) < endsAt);
  return { gets, watched: await watched, execed: await execed };
}

describe('kubectl with a downloaded kubeconfig', () => {
  let first: { path: string; endsAt: number };
  let used: Awaited<ReturnType<typeof useUntilTheEnd>>[];

  beforeAll(async () => {
    const before = Date.now();
    first = await downloadTo('first.kubeconfig');
    expect(first.endsAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(first.endsAt).toBeLessThanOrEqual(Date.now() + 60_000);
    used = await Promise.all(kubectls.map(({ path }) => useUntilTheEnd(path, first.path, first.endsAt)));
  });

  describe.each(kubectls.map((each, index) => ({ ...each, index })))('$name ($path)', ({ index }) => {
    it('works until the minute is over, and no longer', () => {
      const gets = used[index]?.gets ?? [];
      const within = gets.filter(({ at }) => at < first.endsAt);
      expect(within.length).toBeGreaterThan(3);
      for (const get of within) expect(get).toMatchObject({ exit: 0, stdout: 'pod/web\n' });
      const after = gets.filter(({ startedAt }) => startedAt >= first.endsAt);
      expect(after).toMatchObject([{ exit: 1, stdout: '', stderr: expect.stringMatching(WHY) }]);
      expect(after[0]?.stderr).toMatch(/^Warning: Your Kubernetes session ended/m);
    });

    it.each([
      { what: 'watched', exit: 0, says: 'stdout' },
      { what: 'execed', exit: 1, says: 'stderr' },
    ] as const)('that $what is cut at the minute, never before it, and says why', ({ what, exit, says }) => {
      const outcome = used[index]?.[what];
      expect(outcome).toMatchObject({ exit, [says]: expect.stringMatching(WHY) });
      expect(outcome?.at).toBeGreaterThanOrEqual(first.endsAt);
      expect(outcome?.at).toBeLessThan(first.endsAt + LATE_MS);
    });
  });

  it('gets no other until its user has authenticated again', async () => {
    expect(await download()).toMatchObject({ status: 401, body: { code: 'reauthentication-required' } });
    expect((await browser.get('/api/session')).status).toBe(200);

    await browser.signIn('ada');
    const next = await downloadTo('next.kubeconfig');
    expect(next.endsAt).toBeGreaterThan(first.endsAt + 1000);
    for (const { path: kubectl } of kubectls) {
      const get = ['--namespace=demo', 'get', 'pod', 'web', '--output=name'];
      expect(await runKubectl(kubectl, next.path, get)).toMatchObject({
        exit: 0,
        stdout: 'pod/web\n',
      });
      expect(await runKubectl(kubectl, first.path, get)).toMatchObject({ exit: 1, stderr: expect.stringMatching(WHY) });
    }
  });
});
