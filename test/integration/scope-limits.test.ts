import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MINUTE = 60_000;
const LIMITS = '/api/clusters/nowhere/limits';
const DURATION = `${LIMITS}/MaximumK8sSessionDuration`;

let kubeconfig: string;
let test: TestPortal;
let browser: TestBrowser;
beforeEach(async () => {
  kubeconfig = unreachableKubeconfig();
  test = await startTestPortal({ kubeconfig });
  browser = await test.administrator();
});
afterEach(() => test.stop());

const set = (value: string, path = DURATION) => browser.send('PUT', path, { value });
/** Whose sessions there are at the two clusters, after one was opened at each. */
async function openBoth() {
  for (const cluster of ['nowhere', 'elsewhere'])
    expect((await browser.send('POST', `/api/clusters/${cluster}/kubeconfig`)).status).toBe(201);
}
const sessionsAt = async () =>
  (await browser.get('/api/clusters')).body.items.map((cluster: { session: object | null }) => cluster.session);

describe('limits of a cluster', () => {
  it('are listed with what holds, set, and removed', async () => {
    const { body } = await browser.get(LIMITS);
    expect(body).toMatchObject({
      scope: { kind: 'cluster', id: 'nowhere' },
      items: [
        { key: 'MaximumK8sSessionDuration', value: null, setBy: null, holds: { value: 60, scope: { kind: 'system' } } },
        { key: 'K8sSessionInactivityTimeout', value: null, holds: { value: 30 } },
      ],
    });
    const scope = { kind: 'cluster', id: 'nowhere' };
    expect((await set('20')).body).toMatchObject({ value: 20, setBy: 'ada', holds: { value: 20, scope } });
    expect((await set('90')).body).toMatchObject({
      value: 90,
      holds: { value: 60, scope: { kind: 'system' } },
      note: 'This has no effect: the limit of the system is 60 minutes, and the strictest one holds.',
    });
    expect((await browser.send('DELETE', DURATION)).body).toMatchObject({ value: null, holds: { value: 60 } });
    expect((await browser.send('DELETE', DURATION)).body.code).toBe('not-found');
    const { body: audit } = await browser.get('/api/audit?search=limit.');
    expect(audit.items.map(({ sentence }: { sentence: string }) => sentence)).toEqual([
      'Maximum K8s Session Duration of the cluster nowhere was removed.',
      'Maximum K8s Session Duration of the cluster nowhere was set to 90 minutes.',
      'Maximum K8s Session Duration of the cluster nowhere was set to 20 minutes.',
    ]);
  });

  it('end sessions there at once, as the preview said, and nowhere else; the refusal names the scope', async () => {
    await openBoth();
    await test.clock.advance(3 * MINUTE);
    const preview = await browser.send('POST', `${LIMITS}/preview`, { key: 'MaximumK8sSessionDuration', value: '3' });
    expect(preview.body).toMatchObject({ portal: { live: 0 }, kubernetes: { live: 1, ending: 1 }, endsOwn: true });
    await set('3');
    expect(await sessionsAt()).toMatchObject([null, { endsBy: { scope: { kind: 'system' }, value: 30 } }]);
    const { status, body } = await browser.send('POST', '/api/clusters/nowhere/kubeconfig');
    expect([status, body.code]).toEqual([401, 'reauthentication-required']);
    expect(body.limit).toMatchObject({ value: 3, scope: { kind: 'cluster', id: 'nowhere' } });
    expect(body.detail).toContain('Maximum K8s Session Duration is 3 minutes, the limit of the cluster nowhere.');
  });

  it('hold after a restart', async () => {
    await set('20');
    await openBoth();
    await set('40');
    await test.restart();
    browser = browser.at(test.browser().url);
    await openBoth();
    expect(await sessionsAt()).toMatchObject([
      { endsBy: { value: 20, scope: { kind: 'cluster', id: 'nowhere' } } },
      { endsBy: { value: 30, scope: { kind: 'system', id: '' } } },
    ]);
  });

  it.each(['0', '-5', '1.5', 'abc', '', '99999999'])('refuse the value “%s” with what is allowed', async (value) => {
    const { status, body } = await set(value);
    expect([status, body.code, body.field]).toEqual([400, 'invalid-request', 'value']);
    expect(body.detail).toContain('a whole number of minutes from 1 to 43200');
  });

  it('refuse other keys, clusters that there are not, and tenants that there are not', async () => {
    expect((await set('5', `${LIMITS}/AuthorizationTokenSessionDuration`)).body).toMatchObject({ field: 'key' });
    for (const path of ['/api/clusters/made-up/limits', '/api/tenants/made-up/limits']) {
      expect((await browser.get(path)).body.code).toBe('not-found');
      expect((await set('5', `${path}/MaximumK8sSessionDuration`)).body.code).toBe('not-found');
      expect((await browser.send('DELETE', `${path}/MaximumK8sSessionDuration`)).body.code).toBe('not-found');
      const preview = { key: 'MaximumK8sSessionDuration', value: '5' };
      expect((await browser.send('POST', `${path}/preview`, preview)).body.code).toBe('not-found');
    }
  });

  it('of a context that is gone are shown, and can be removed, and not set', async () => {
    await set('20');
    writeFileSync(kubeconfig, '');
    await test.restart();
    browser = await test.administrator();
    expect((await set('10')).body.code).toBe('not-found');
    expect((await browser.get(LIMITS)).body.items[0]).toMatchObject({ value: 20 });
    expect((await browser.send('DELETE', DURATION)).status).toBe(200);
    expect((await browser.get(LIMITS)).body.code).toBe('not-found');
  });
});

describe('limits of a tenant', () => {
  let id: string;
  beforeEach(async () => {
    const { body } = await browser.send('POST', '/api/tenants', { name: 'team-a', cluster: 'nowhere' });
    id = body.id as string;
  });
  const limitOf = (tenant: string) => `/api/tenants/${tenant}/limits/MaximumK8sSessionDuration`;

  it('stand beside that of its cluster, and the strictest is named', async () => {
    await set('30');
    const { body } = await set('45', limitOf('team-a'));
    expect(body).toMatchObject({
      value: 45,
      holds: { value: 30, scope: { kind: 'cluster', id: 'nowhere' } },
      note: 'This has no effect: the limit of the cluster nowhere is 30 minutes, and the strictest one holds.',
    });
    const scope = { kind: 'tenant', id, name: 'team-a' };
    expect((await set('20', limitOf(id))).body).toMatchObject({ value: 20, holds: { value: 20, scope } });
  });

  it('end sessions in the tenant at once, and none of the whole cluster', async () => {
    for (const query of ['', `?tenant=${id}`])
      expect((await browser.send('POST', `/api/clusters/nowhere/kubeconfig${query}`)).status).toBe(201);
    await test.clock.advance(3 * MINUTE);
    await set('3', limitOf('team-a'));
    const { body } = await browser.send('POST', `/api/clusters/nowhere/kubeconfig?tenant=${id}`);
    expect(body.limit).toMatchObject({ value: 3, scope: { kind: 'tenant', id, name: 'team-a' } });
    expect(body.detail).toContain('Maximum K8s Session Duration is 3 minutes, the limit of the tenant team-a.');
    expect((await browser.send('POST', '/api/clusters/nowhere/kubeconfig')).status).toBe(201);
  });

  it('of one that is gone are shown under its id, and can be removed, and not set', async () => {
    await set('20', limitOf(id));
    expect((await browser.send('DELETE', `/api/tenants/${id}`)).status).toBe(204);
    expect((await set('10', limitOf(id))).body.code).toBe('not-found');
    const { body } = await browser.get(`/api/tenants/${id}/limits`);
    expect(body).toMatchObject({ scope: { kind: 'tenant', id, name: 'team-a' }, items: [{ value: 20 }, {}] });
    expect((await browser.send('DELETE', limitOf(id))).status).toBe(200);
    expect((await browser.get(`/api/tenants/${id}/limits`)).body.code).toBe('not-found');
  });
});
