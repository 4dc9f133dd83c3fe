import { writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

let test: TestPortal;
afterEach(() => test.stop());

it('grants of a context that is gone are shown and can be taken away', async () => {
  const kubeconfig = unreachableKubeconfig();
  test = await startTestPortal({ kubeconfig });
  const administrator = await test.administrator();
  await test.user('grace');
  const grants = '/api/clusters/nowhere/grants';
  for (const grant of ['user/grace', 'role/User'])
    expect((await administrator.send('PUT', `${grants}/${grant}`)).status).toBe(204);
  writeFileSync(kubeconfig, '');
  await test.restart();
  const back = await test.administrator();
  expect((await back.send('PUT', `${grants}/role/Administrator`)).status).toBe(404);
  expect((await back.get(grants)).body.items).toHaveLength(2);
  for (const grant of ['user/grace', 'role/User'])
    expect((await back.send('DELETE', `${grants}/${grant}`)).status).toBe(204);
  // Then there is nothing of that name, as of any name that somebody makes up.
  for (const cluster of ['nowhere', 'made-up']) {
    expect((await back.get(`/api/clusters/${cluster}/grants`)).body.code).toBe('not-found');
    expect((await back.send('DELETE', `/api/clusters/${cluster}/grants/role/User`)).status).toBe(404);
  }
});
