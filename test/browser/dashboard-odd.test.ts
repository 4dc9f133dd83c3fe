import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { refuse, rowOf, send, startOddCluster, stored } from './dashboard-odd-cluster.ts';
import type { OddCluster } from './dashboard-odd-cluster.ts';

// Clusters in which something is missing: objects, permissions, the API server, a kind.

const PATIENTLY = { timeout: 20_000 };
const pod = (name: string) => stored('v1', 'Pod', name, { spec: { containers: [] } });
const widget = (name: string) => stored('example.com/v1', 'Widget', name);

let cluster: OddCluster;
const shown = (text: string | RegExp) => cluster.page.getByText(text).waitFor(PATIENTLY);

beforeAll(async () => {
  cluster = await startOddCluster();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  Object.assign(cluster, { instead: () => false, objects: [] });
  cluster.watches.length = 0;
});

it('a cluster without an object says so of each kind, and one without a kind too', async () => {
  await cluster.open({});
  await shown('There is no Pod. New ones appear by themselves.');
  await cluster.looksWell();
  await cluster.open({ kind: 'v1/pods', name: 'web', of: 'dev' });
  await shown('There is no such object.');
  await cluster.looksWell();
  cluster.instead = ({ url }, response) => {
    if (url === '/apis') return send(response, 200, { groups: [] });
    return url === '/api/v1' && send(response, 200, { resources: [] });
  };
  await cluster.open({});
  await shown('There is no kind here that can be listed.');
  await cluster.page.getByRole('heading', { name: 'No such kind' }).waitFor();
  await cluster.looksWell();
});

it('whoever may do nothing reads which permission is missing, whether or not the API server says it', async () => {
  const rights = { status: { resourceRules: [] } };
  const refuseAll = (message: string) => {
    cluster.instead = ({ url = '' }, response) => {
      if (url.endsWith('/selfsubjectrulesreviews')) return send(response, 201, rights);
      return /^\/apis?(?:\/[\w.]+)?\/v1\/./.test(url) && refuse(response, 403, message);
    };
  };
  const own = 'pods is forbidden: User "ada" cannot list resource "pods" in API group "" at the cluster scope';
  refuseAll(own);
  await cluster.open({});
  await shown(own);
  expect(await cluster.page.getByText('asked:').count()).toBe(0);
  await cluster.looksWell();

  refuseAll('forbidden');
  await cluster.open({ kind: 'apps/v1/deployments', namespace: 'dev' });
  await shown('forbidden (asked: list deployments.apps in the namespace dev)');
  expect(await cluster.page.getByRole('button', { name: 'Create' }).count()).toBe(0);
  await cluster.looksWell();
  await cluster.open({});
  await shown('forbidden (asked: list pods in the whole cluster)');
  await cluster.open({ kind: 'v1/pods', name: 'web', of: 'dev' });
  await shown('forbidden (asked: get pods web in the namespace dev)');
  await cluster.looksWell();

  cluster.instead = ({ url }, response) => url === '/apis' && refuse(response, 403, 'forbidden');
  await cluster.open({});
  await shown('forbidden (asked: get /apis)');
  await cluster.page.getByRole('button', { name: 'Try again' }).waitFor();
  await cluster.looksWell();
});

it('while the API server is away the list stays and says so, and goes on afterwards with each row once', async () => {
  cluster.objects = [pod('web'), pod('db')];
  await cluster.open({});
  await cluster.page.getByRole('link', { name: 'db' }).waitFor();
  await expect.poll(() => cluster.watches.length).toBeGreaterThan(0);

  cluster.instead = (request) => {
    request.socket.destroy();
    return true;
  };
  for (const socket of cluster.upstream.openSockets) socket.destroy();
  await shown(/What is shown may be out of date: The cluster cannot be reached/);
  expect(await cluster.page.getByRole('link', { name: /^(?:web|db)$/ }).count()).toBe(2);
  cluster.instead = (_request, response) =>
    refuse(response.setHeader('retry-after', '1'), 503, 'the API server is starting');
  await shown('What is shown may be out of date: the API server is starting');
  await cluster.looksWell();

  cluster.instead = () => false;
  cluster.watches.length = 0;
  await expect.poll(() => cluster.watches.length, PATIENTLY).toBe(1);
  // It knows no version of before.
  cluster.objects = [pod('web'), pod('cache')];
  cluster.watches[0]?.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`);
  await cluster.page.getByRole('link', { name: 'cache' }).waitFor();
  await expect.poll(() => cluster.watches.length, PATIENTLY).toBe(2);
  for (const each of [pod('web'), pod('late')])
    cluster.watches[1]?.write(`${JSON.stringify({ type: 'ADDED', object: { rows: [rowOf(each)] } })}\n`);
  await cluster.page.getByRole('link', { name: 'late' }).waitFor();
  expect(await cluster.page.getByRole('grid').getByRole('link').allTextContents()).toEqual(['cache', 'late', 'web']);
  expect(await cluster.page.getByText('may be out of date').count()).toBe(0);
});

it('where a definition is removed, its list and its objects say that the cluster has no such kind any more', async () => {
  const remove = async () => {
    await expect.poll(() => cluster.watches.length).toBeGreaterThan(0);
    cluster.instead = ({ url = '' }, response) => {
      if (!url.startsWith('/apis/example.com/v1/')) return false;
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return true;
    };
    for (const watch of cluster.watches.splice(0)) watch.end();
  };
  cluster.objects = [widget('blue')];
  cluster.watches.length = 0;
  await cluster.open({ kind: 'example.com/v1/widgets' });
  await cluster.page.getByRole('link', { name: 'blue' }).waitFor();
  await remove();
  await shown('The cluster has no such kind any more.');
  await cluster.looksWell();
  // A way on: another kind, or the same once it is there again.
  cluster.instead = () => false;
  await cluster.page.getByRole('button', { name: 'Try again' }).click();
  await cluster.page.getByRole('link', { name: 'blue' }).click();
  await cluster.page.getByRole('heading', { name: 'blue' }).waitFor();
  await cluster.page.getByText('Annotations').waitFor();
  cluster.watches.length = 0;
  await cluster.open({ kind: 'example.com/v1/widgets', name: 'blue', of: 'dev' });
  await cluster.page.getByText('Annotations').waitFor();
  await remove();
  await shown('The cluster has no such kind any more. What is shown is how it was at last.');
  expect(await cluster.page.getByRole('button', { name: 'Actions' }).count()).toBe(0);
  await cluster.looksWell();
  await cluster.open({ kind: 'example.com/v1/widgets', name: 'blue', of: 'dev' });
  await shown('The cluster has no such kind any more.');
  await cluster.page.getByRole('navigation', { name: 'Kinds' }).getByRole('button', { name: 'ConfigMap' }).click();
  await shown('There is no ConfigMap. New ones appear by themselves.');
});
