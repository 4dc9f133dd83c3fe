import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { Answer, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

let test: TestPortal;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
});
afterAll(() => test.stop());

const AT = '/api/clusters/nowhere/credential';
const bearerOf = (token: string) => ({ authorization: `Bearer ${token}` });

/**
 * Signs in as `curfew login` does, in an instant of its own: sign-ins of one instant share their time at a cluster.
 *
 * @returns the headers of what it asks from then on
 */
async function signIn(username = 'ada'): Promise<Record<string, string>> {
  await test.clock.advance(1);
  const { body } = await test.browser().send('POST', '/api/session', { username, password: PASSWORD, bearer: true });
  return bearerOf(body.token);
}

function ask(headers: Record<string, string>, path = AT): Promise<Answer> {
  return test.browser().send('POST', path, {}, headers);
}

async function kubernetesSessions(headers: Record<string, string>) {
  const { body } = await test.browser().get('/api/sessions?kind=kubernetes', { 'curfew-activity': 'none', ...headers });
  return body.items.filter(({ current }: { current: boolean }) => current);
}

it('is of one session, which a further one does not lengthen', async () => {
  const headers = await signIn();
  const first = await ask(headers);
  expect(first.status).toBe(201);
  expect(Date.parse(first.body.endsAt)).toBe(test.clock.now() + 60 * 60_000);
  const [before] = await kubernetesSessions(headers);
  await test.clock.advance(15 * 60_000);
  const second = await ask(headers);
  expect(second.body).toMatchObject({ endsAt: first.body.endsAt, sessionId: first.body.sessionId });
  expect(second.body.token).not.toBe(first.body.token);
  const after = await kubernetesSessions(headers);
  expect(after).toMatchObject([{ lastActivityAt: before.lastActivityAt, endsAt: before.endsAt }]);
});

it('is refused once the Kubernetes session has ended, and works nowhere any more', async () => {
  const headers = await signIn();
  const { body } = await ask(headers);
  // Authenticated; nothing answers there.
  expect((await test.browser().get('/k8s/clusters/nowhere/api', bearerOf(body.token))).body.code).toBe(503);
  expect((await test.browser().send('DELETE', `/api/sessions/${body.sessionId}`, undefined, headers)).status).toBe(204);
  expect(await ask(headers)).toMatchObject({ status: 401, body: { code: 'reauthentication-required' } });
  expect((await test.browser().get('/k8s/clusters/nowhere/api', bearerOf(body.token))).body.code).toBe(401);
  expect((await ask(await signIn())).status).toBe(201);
});

it('is refused to whoever does not reach the cluster, as if there were none', async () => {
  await test.user('grace');
  expect(await ask(await signIn('grace'))).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(await ask(await signIn(), '/api/clusters/none/credential')).toMatchObject({ status: 404 });
});

it('is for the token of a sign-in: not for an API token, and for a cookie only just after signing in', async () => {
  await test.clock.advance(1);
  const browser = await test.administrator();
  const { body } = await browser.send('POST', '/api/session/api-token');
  expect(await ask(bearerOf(body.token))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect((await browser.send('POST', AT, {})).status).toBe(201);
  const headers = await signIn();
  await test.clock.advance(11 * 60_000);
  expect((await browser.send('POST', AT, {})).body.code).toBe('recent-authentication-required');
  expect((await ask(headers)).status).toBe(201);
});

it('is one of fifty of a session', async () => {
  const headers = await signIn();
  for (let count = 0; count < 50; count++) expect((await ask(headers)).status).toBe(201);
  expect(await ask(headers)).toMatchObject({ status: 409, body: { code: 'too-many-tokens' } });
});
