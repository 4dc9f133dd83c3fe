import { expect, it } from 'vitest';
import { CurfewHouse } from '../support/curfew-process.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

it('a broken kubeconfig of the environment is told, and no local cluster is built in its place', async () => {
  const path = new CurfewHouse().write('broken.kubeconfig', 'clusters: [}');
  const environment = { CURFEW_KUBECONFIG: undefined, CURFEW_LOCAL_CLUSTER: undefined, KUBECONFIG: path };
  const serving = await new CurfewHouse(environment).serve();
  expect(serving.stdout()).toMatch(
    /broken\.kubeconfig is not valid YAML: .*\nMend the file .* No local cluster is made/,
  );

  const administrator = new TestBrowser(serving.url);
  await administrator.send('POST', '/api/setup', { token: serving.setupToken, username: 'ada', password: PASSWORD });
  const created = { username: 'grace', password: PASSWORD, role: 'User', readOnly: false };
  await administrator.send('POST', '/api/users', created);
  const grace = new TestBrowser(serving.url);
  await grace.signIn('grace');
  expect((await grace.get('/api/clusters')).body.items).toEqual([]);
  const { items } = (await administrator.get('/api/clusters')).body;
  expect(items).toMatchObject([{ name: path, state: 'failed', message: expect.stringContaining('is not valid YAML') }]);
  serving.signal('SIGTERM');
  expect((await serving.ended).exit).toBe(0);
});
