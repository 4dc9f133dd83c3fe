import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
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

async function apiTokenOf(browser: Awaited<ReturnType<TestPortal['administrator']>>): Promise<string> {
  return (await browser.send('POST', '/api/session/api-token')).body.token;
}

/** Asks as the clients do: a bearer token, and a JSON content type in any case. */
async function ask(method: string, path: string, body?: unknown, bearer: string | null = token) {
  const response = await fetch(test.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

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

describe('who may ask', () => {
  const CALLS: [string, string][] = [
    ['GET', CONFIG],
    ['POST', CONFIG],
    ['DELETE', `${CONFIG}/${K8S}`],
  ];
  const ALL: [string, string][] = [
    ...CALLS,
    ['GET', '/v3/features/system'],
    ['GET', '/v3/nothing'],
    ['GET', '/admin/GetNothing'],
    ['POST', '/adminproxy/Nothing'],
  ];

  it.each(ALL)('%s %s: no stranger, no unknown token, no ended session: 401', async (method, path) => {
    const browser = await test.user(`u${ALL.findIndex((each) => each[0] === method && each[1] === path)}`);
    const ended = await apiTokenOf(browser);
    await browser.send('DELETE', '/api/session');
    for (const bearer of [null, 'unknown', ended]) {
      expect(await ask(method, path, undefined, bearer)).toMatchObject({
        status: 401,
        json: { Message: expect.any(String) },
      });
    }
  });

  it.each(CALLS)('%s %s: nobody but administrators: 403', async (method, path) => {
    const bearer = await apiTokenOf(await test.user(`v${CALLS.findIndex(([each]) => each === method)}`));
    expect(await ask(method, path, undefined, bearer)).toMatchObject({ status: 403 });
  });

  it('what it does not have is a JSON 404, and never a page', async () => {
    for (const path of ['/v3/nothing', '/v2/admin/TenantV2/x', '/adminproxy/GetNothing', '/admin/GetNothing']) {
      const answer = await ask('GET', path);
      expect(answer).toMatchObject({ status: 404, json: { Message: expect.stringContaining(path) } });
    }
  });
});
