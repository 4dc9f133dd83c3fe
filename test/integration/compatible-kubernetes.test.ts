import { createHmac } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const HOUR_MS = 60 * 60_000;
const CONFIG = '/v3/admin/systemSettings/config';
const K8S_CONFIG = '/v3/admin/plans/nowhere/k8sConfig';

let test: TestPortal;
let browser: TestBrowser;
let token: string;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
});
afterAll(() => test.stop());
beforeEach(async () => {
  await test.clock.advance(1);
  browser = await test.administrator();
  token = await apiTokenOf(browser);
});

const ask = (method: string, path: string, bearer = token) => askAsClient(test, bearer, method, path);
const partOf = (jwt: string, index: number) =>
  JSON.parse(Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString());
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Asks the gateway as kubectl does, over TLS with the authority that it was given. */
function atGateway(server: string, ca: string, bearer: string): Promise<{ status: number; message: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const asked = request(`${server}/api/v1/nodes`, { ca, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, message: JSON.parse(body).message }));
    });
    asked.on('error', reject).end();
  });
}

describe('plans', () => {
  it('are the clusters', async () => {
    const plans = (await ask('GET', '/adminproxy/GetPlans')).json;
    expect(plans).toHaveLength(2);
    expect(plans).toEqual(expect.arrayContaining([{ Name: 'nowhere' }, { Name: 'elsewhere' }]));
    expect(await ask('GET', '/v3/admin/infrastructure/nowhere')).toMatchObject({
      status: 200,
      json: { Name: 'nowhere', EnableK8Cluster: true, CustomData: [] },
    });
  });

  it('that are not there are a JSON 404', async () => {
    for (const name of ['none', 'größe/キー']) {
      const part = encodeURIComponent(name);
      for (const path of [`/v3/admin/infrastructure/${part}`, `/v3/admin/plans/${part}/k8sConfig`]) {
        expect(await ask('GET', path)).toMatchObject({ status: 404, json: { Message: expect.stringContaining(name) } });
      }
    }
  });
});

describe('Kubernetes access for a plan', () => {
  it('is what kubectl needs, at that cluster, until the end of the Kubernetes session', async () => {
    const { status, json } = await ask('GET', `/${K8S_CONFIG}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      Name: 'duploinfra-nowhere',
      DefaultNamespace: 'default',
      K8Provider: 0,
      AwsRegion: '',
    });
    expect(json.ApiServer).toBe(`${test.portal.tlsUrl ?? ''}/k8s/clusters/nowhere`);
    expect(partOf(json.Token, 0)).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
    const { exp, aud, sub } = partOf(json.Token, 1);
    expect({ aud, sub }).toEqual({ aud: 'nowhere', sub: 'ada' });
    expect(exp).toBe(Math.floor((test.clock.now() + HOUR_MS) / 1000));
    expect(Date.parse(json.LastTokenRefreshTime)).toBe(exp * 1000);
    const ca = Buffer.from(json.CertificateAuthorityDataBase64, 'base64').toString();
    // Authenticated, and then nothing answers there.
    expect((await atGateway(json.ApiServer, ca, json.Token)).status).toBe(503);
    expect((await atGateway(json.ApiServer.replace('nowhere', 'elsewhere'), ca, json.Token)).status).toBe(401);
  });

  it('is no use altered, unsigned, or signed another way', async () => {
    const { json } = await ask('GET', K8S_CONFIG);
    const ca = Buffer.from(json.CertificateAuthorityDataBase64, 'base64').toString();
    const [head = '', claims = '', signature = ''] = json.Token.split('.');
    const later = encoded({ ...partOf(json.Token, 1), exp: 4_000_000_000 });
    const none = encoded({ alg: 'none', typ: 'JWT' });
    const hs256 = encoded({ alg: 'HS256', typ: 'JWT' });
    const signed = createHmac('sha256', 'secret').update(`${hs256}.${claims}`).digest('base64url');
    const forged = [
      `${head}.${later}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}.${signature.slice(0, -4)}AAAA`,
      `${none}.${claims}.`,
      `${none}.${claims}`,
      `${hs256}.${claims}.${signed}`,
      token,
    ];
    for (const each of forged) expect((await atGateway(json.ApiServer, ca, each)).status).toBe(401);
    expect((await atGateway(json.ApiServer, ca, json.Token)).status).toBe(503);
  });

  it('ends with the portal session whose token asked for it', async () => {
    const { json } = await ask('GET', K8S_CONFIG);
    const ca = Buffer.from(json.CertificateAuthorityDataBase64, 'base64').toString();
    await browser.send('DELETE', '/api/session');
    expect(await atGateway(json.ApiServer, ca, json.Token)).toMatchObject({
      status: 401,
      message: expect.stringContaining('ended at'),
    });
    expect(await ask('GET', K8S_CONFIG)).toMatchObject({
      status: 401,
      json: { Message: expect.stringContaining('ended') },
    });
  });

  it('is of the Kubernetes session that the browser has there, and begins no time anew', async () => {
    const first = (await ask('GET', K8S_CONFIG)).json;
    const { body } = await browser.send('POST', '/api/clusters/nowhere/credential');
    expect(partOf(first.Token, 1).jti).toBe(body.sessionId);
    await browser.send('DELETE', `/api/sessions/${body.sessionId}`);
    expect(await ask('GET', K8S_CONFIG)).toMatchObject({
      status: 401,
      json: { Message: expect.stringContaining('Sign in again') },
    });
    // The portal session lives on.
    expect((await ask('GET', '/v3/features/system')).status).toBe(200);
  });

  it('obeys the limit that is set, and is no activity', async () => {
    const config = { Key: 'MaximumK8sSessionDuration', Type: 'AppConfig', Value: '7' };
    await askAsClient(test, token, 'POST', CONFIG, config);
    const { json } = await ask('GET', K8S_CONFIG);
    expect(partOf(json.Token, 1).exp).toBe(Math.floor((test.clock.now() + 7 * 60_000) / 1000));
    const before = (await browser.get('/api/session', { 'curfew-activity': 'none' })).body.session.lastActivityAt;
    await test.clock.advance(60_000);
    for (const path of [
      K8S_CONFIG,
      CONFIG,
      '/adminproxy/GetTenantNames',
      '/admin/GetTenantsForUser',
      '/adminproxy/GetPlans',
    ])
      expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
    expect((await browser.get('/api/session', { 'curfew-activity': 'none' })).body.session.lastActivityAt).toBe(before);
    await askAsClient(test, token, 'DELETE', `${CONFIG}/MaximumK8sSessionDuration`);
  });

  it('is over at once where a limit that is set says so, and when its time has come', async () => {
    const { json } = await ask('GET', K8S_CONFIG);
    const ca = Buffer.from(json.CertificateAuthorityDataBase64, 'base64').toString();
    await test.clock.advance(6 * 60_000);
    expect((await atGateway(json.ApiServer, ca, json.Token)).status).toBe(503);
    const config = { Key: 'MaximumK8sSessionDuration', Type: 'AppConfig', Value: '5' };
    await askAsClient(test, token, 'POST', CONFIG, config);
    expect(await atGateway(json.ApiServer, ca, json.Token)).toMatchObject({
      status: 401,
      message: expect.stringContaining('Maximum K8s Session Duration'),
    });
    const other = (await ask('GET', '/v3/admin/plans/elsewhere/k8sConfig')).json;
    await test.clock.advance(5 * 60_000);
    expect((await atGateway(other.ApiServer, ca, other.Token)).status).toBe(401);
    await askAsClient(test, token, 'DELETE', `${CONFIG}/MaximumK8sSessionDuration`);
  });

  it('is the same for the same token, however often it asks, and another for another token', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => ask('GET', K8S_CONFIG)));
    const tokens = new Set(asked.map(({ status, json }) => `${status} ${json.Token}`));
    expect(tokens.size).toBe(1);
    for (let count = 0; count < 60; count++)
      expect((await ask('GET', K8S_CONFIG)).json.Token).toBe(asked[0]?.json.Token);
    const other = await ask('GET', K8S_CONFIG, await apiTokenOf(browser));
    expect(other.json.Token).not.toBe(asked[0]?.json.Token);
    // It is one that was given out, and recorded once.
    const { body } = await browser.get('/api/audit?search=credential for kubectl at nowhere&pageSize=100');
    const { jti } = partOf(other.json.Token, 1);
    expect(body.items.filter(({ subject }: { subject: string }) => subject === jti)).toHaveLength(2);
  });

  it('survives a restart as the same', async () => {
    const before = (await ask('GET', K8S_CONFIG)).json.Token;
    await test.restart();
    expect((await ask('GET', K8S_CONFIG)).json.Token).toBe(before);
  });

  it('is refused with 403 where the session has fifty credentials already', async () => {
    for (let count = 0; count < 50; count++) await browser.send('POST', '/api/clusters/elsewhere/credential');
    expect(await ask('GET', '/v3/admin/plans/elsewhere/k8sConfig')).toMatchObject({
      status: 403,
      json: { Message: expect.stringContaining('50 tokens') },
    });
  });
});
