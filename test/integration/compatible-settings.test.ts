import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

const CONFIG = '/v3/admin/systemSettings/config';
const K8S = 'MaximumK8sSessionDuration';

let test: TestPortal;
let token: string;

beforeAll(async () => {
  test = await startTestPortal();
  token = await apiTokenOf(await test.administrator());
});
afterAll(() => test.stop());
beforeEach(async () => {
  for (const { Key } of (await ask('GET', CONFIG)).json) await ask('DELETE', `${CONFIG}/${encodeURIComponent(Key)}`);
});

const ask = (method: string, path: string, body?: unknown, bearer: string | null = token) =>
  askAsClient(test, bearer, method, path, body);
const set = (Key: string, Value: string, Type = 'AppConfig') => ask('POST', CONFIG, { Key, Type, Value });

describe('system settings', () => {
  it('are created, read, updated and deleted as Terraform does it', async () => {
    const row = { Type: 'AppConfig', Key: K8S, Value: '30' };
    expect((await ask('GET', CONFIG)).json).toEqual([]);
    expect(await set(K8S, '30')).toMatchObject({ status: 200, json: row });
    expect(await set(K8S, '30')).toMatchObject({ status: 200, json: row });
    expect(await ask('GET', CONFIG)).toMatchObject({ status: 200, json: [row] });
    expect(await set(K8S, '20')).toMatchObject({ status: 200, json: { ...row, Value: '20' } });
    expect(await ask('DELETE', `${CONFIG}/${K8S}`)).toMatchObject({ status: 200, text: 'null' });
    expect((await ask('GET', CONFIG)).json).toEqual([]);
    const gone = await ask('DELETE', `${CONFIG}/${K8S}`);
    expect(gone).toMatchObject({ status: 404, json: { Message: expect.stringContaining('no setting') } });
    expect(gone.headers.get('content-type')).toContain('application/json');
  });

  it('are those of System Config, and act at once', async () => {
    const administrator = await test.administrator();
    // Below the inactivity timeout, which decides otherwise.
    await set('AuthorizationTokenSessionDuration', '45');
    // The clock stands still: she signed in just now.
    const { endsAt } = (await administrator.get('/api/session')).body;
    expect(Date.parse(endsAt)).toBe(test.clock.now() + 45 * MINUTE_MS);
    expect((await administrator.get('/api/system-config')).body.items).toMatchObject([
      { key: 'AuthorizationTokenSessionDuration', value: '45', setBy: 'ada' },
    ]);
  });

  it('are imported as somebody made them in the portal', async () => {
    const administrator = await test.administrator();
    const made = { type: 'AppConfig', value: '40' };
    expect((await administrator.send('PUT', `/api/system-config/${K8S}`, made)).status).toBe(200);
    const row = { Type: 'AppConfig', Key: K8S, Value: '40' };
    expect((await ask('GET', CONFIG)).json).toEqual([row]);
    expect(await set(K8S, '40')).toMatchObject({ status: 200, json: row });
    expect((await ask('GET', CONFIG)).json).toEqual([row]);
  });

  it.each(['0', '-5', '1.5', 'abc', '10m'])('refuse %j for a duration, and the old value stays', async (value) => {
    await set(K8S, '30');
    expect(await set(K8S, value)).toMatchObject({
      status: 400,
      json: { Message: expect.stringContaining('takes a whole number of minutes from 1 to 43200') },
    });
    expect((await ask('GET', CONFIG)).json).toMatchObject([{ Value: '30' }]);
  });

  it('refuse a duration without a Value, and what has no Key', async () => {
    const missing = await ask('POST', CONFIG, { Key: K8S, Type: 'AppConfig' });
    expect(missing).toMatchObject({ status: 400, json: { Message: expect.stringContaining('Nothing was given') } });
    expect((await ask('POST', CONFIG, { Type: 'AppConfig' })).json.Message).toMatch(/^Key: /);
    expect((await ask('POST', CONFIG, undefined)).status).toBe(400);
    const broken = await fetch(test.url + CONFIG, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, await broken.json()]).toEqual([400, { Message: 'The body is not valid JSON.' }]);
  });

  it.each([
    ['AppConfig/argocd', 'ArgoCD.Url', 'https://argo.example/?a=b'],
    ['Flags', 'a/key with blanks', ''],
    ['Flags', 'größe キー %2F', ' {"x": 1} '],
  ])('keep a free row byte for byte: %j %j %j', async (type, key, value) => {
    const row = { Type: type, Key: key, Value: value };
    expect(await ask('POST', CONFIG, value === '' ? { Type: type, Key: key } : row)).toMatchObject({
      status: 200,
      json: row,
    });
    expect((await ask('GET', CONFIG)).json).toEqual([row]);
    expect((await ask('DELETE', `${CONFIG}/${encodeURIComponent(key)}`)).status).toBe(200);
    expect((await ask('GET', CONFIG)).json).toEqual([]);
    expect((await ask('DELETE', `${CONFIG}/${encodeURIComponent(key)}`)).status).toBe(404);
  });

  it('are deleted by a key whose slash was left as it is', async () => {
    await set('team/größe', '1', 'Flags');
    expect((await ask('DELETE', `${CONFIG}/team/größe`)).status).toBe(200);
    expect((await ask('GET', CONFIG)).json).toEqual([]);
  });

  it('change the Type of a free key in place, and never that of a limit', async () => {
    await set('free', '1', 'Flags');
    await set('free', '2', 'AppConfig');
    expect((await ask('GET', CONFIG)).json).toEqual([{ Type: 'AppConfig', Key: 'free', Value: '2' }]);
    expect(await set(K8S, '30', 'Flags')).toMatchObject({ status: 400 });
  });

  it('take the label as a key, stored as it came, and never both', async () => {
    const label = 'Maximum K8s Session Duration';
    expect(await set(label, '25')).toMatchObject({ status: 200, json: { Key: label } });
    expect((await ask('GET', CONFIG)).json).toEqual([{ Type: 'AppConfig', Key: label, Value: '25' }]);
    expect(await set(K8S, '20')).toMatchObject({ status: 400, json: { Message: expect.stringContaining(label) } });
    expect((await ask('DELETE', `${CONFIG}/${label.replaceAll(' ', '%20')}`)).status).toBe(200);
  });

  it('are found with two slashes at the beginning', async () => {
    expect((await ask('GET', `/${CONFIG}`)).status).toBe(200);
  });
});

describe('features and version', () => {
  it('tell what there is, and others only the limits that bind them', async () => {
    await set('free', '1');
    await set(K8S, '30');
    const everything = await ask('GET', '/v3/features/system');
    expect(everything.json).toMatchObject({ IsOtpNeeded: false, EksVersions: { SupportedVersions: [] } });
    expect(everything.json.AppConfigs.map(({ Key }: { Key: string }) => Key)).toEqual([K8S, 'free']);
    const user = await apiTokenOf(await test.user('grace'));
    const shown = await ask('GET', '/v3/features/system', undefined, user);
    expect(shown.json.AppConfigs).toEqual([{ Type: 'AppConfig', Key: K8S, Value: '30' }]);
  });

  it.each(['/v3/version', '/build-metadata.json', '/frontdoor/build-metadata.json'])(
    '%s is an object',
    async (path) => {
      expect((await ask('GET', path, undefined, null)).json).toMatchObject({ Product: 'Curfew' });
    },
  );
});
