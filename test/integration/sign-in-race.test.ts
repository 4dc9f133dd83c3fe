import { afterEach, beforeEach, expect, it } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
beforeEach(async () => {
  test = await startTestPortal();
});
afterEach(() => test.stop());

it('lets no sign-in with the old password survive a change of the password, however they race', async () => {
  const administrator = await test.administrator();
  await test.user('grace');
  const browsers = Array.from({ length: 12 }, () => test.browser());
  const signIns = browsers.map((browser) =>
    browser.send('POST', '/api/session', { username: 'grace', password: PASSWORD }),
  );
  const change = administrator.send('PATCH', '/api/users/grace', { password: 'a new password here' });
  await Promise.all([...signIns, change]);
  const alive = await Promise.all(browsers.map(async (browser) => (await browser.get('/api/session')).status));
  expect(alive.filter((status) => status === 200)).toEqual([]);
  expect((await change).status).toBe(200);
});
