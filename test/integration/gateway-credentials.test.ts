import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayPortal } from './gateway-portal.ts';
import { exchangeRaw, requestText } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

const NAMESPACE = '/k8s/clusters/recording/api/v1/namespaces/dev';
const JSON_HEADERS = ['Connection: close', 'Content-Type: application/json'];
let upstream: RecordingUpstream;
let portal: GatewayPortal;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ upstream, portal, stop } = await startRecordedPortal());
});
afterAll(() => stop());
beforeEach(() => {
  upstream.recorded.length = 0;
  portal.credentials.length = 0;
});

async function post(
  path: string,
  body: string,
  minutes = 60,
  headers = JSON_HEADERS,
  method = 'POST',
): Promise<string> {
  const { token } = await portal.signIn({}, minutes);
  return exchangeRaw(portal, requestText(method, path, token, headers, body));
}

describe('credentials that would outlive the session', () => {
  it('tokens are capped to the time that is left, and told to the audit', async () => {
    const year = JSON.stringify({ kind: 'TokenRequest', spec: { expirationSeconds: 31_536_000, audiences: ['x'] } });
    expect(await post(`${NAMESPACE}/serviceaccounts/robot/token`, year, 30)).toMatch(/^HTTP\/1\.1 200 /);
    const sent = JSON.parse(upstream.recorded[0]?.body ?? '') as { spec: { expirationSeconds: number } };
    expect(sent.spec.expirationSeconds).toBeLessThanOrEqual(1800);
    expect(sent.spec.expirationSeconds).toBeGreaterThan(1790);
    expect(portal.credentials).toMatchObject([
      { what: 'service-account-token', namespace: 'dev', name: 'robot', outcome: 'capped' },
    ]);
  });

  it('tokens are refused below ten minutes, with a sentence', async () => {
    const answer = await post(`${NAMESPACE}/serviceaccounts/robot/token`, '{}', 9);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('Kubernetes issues no token for less than 600 s');
    expect(portal.credentials).toMatchObject([{ outcome: 'refused' }]);
    expect(upstream.recorded).toEqual([]);
  });

  it.each([
    [
      'a certificate',
      'POST',
      '/k8s/clusters/recording/apis/certificates.k8s.io/v1/certificatesigningrequests',
      '{}',
      'json',
    ],
    ['a token secret', 'POST', `${NAMESPACE}/secrets`, '{"type":"kubernetes.io/service-account-token"}', 'json'],
    [
      'a token secret, applied',
      'PATCH',
      `${NAMESPACE}/secrets/x?fieldManager=k`,
      'type: kubernetes.io/service-account-token\n',
      'apply-patch+yaml',
    ],
  ])('%s is refused', async (_what, method, path, body, type) => {
    const headers = ['Connection: close', `Content-Type: application/${type}`];
    const answer = await post(path, body, 60, headers, method);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('would outlive the session');
    expect(portal.credentials).toMatchObject([{ outcome: 'refused' }]);
    expect(upstream.recorded).toEqual([]);
  });

  it('forms that cannot be looked into are refused', async () => {
    const protobuf = ['Connection: close', 'Content-Type: application/vnd.kubernetes.protobuf'];
    expect(await post(`${NAMESPACE}/secrets`, 'k8s\0', 60, protobuf)).toMatch(/^HTTP\/1\.1 415 /);
    const gzip = [...JSON_HEADERS, 'Content-Encoding: gzip'];
    expect(await post(`${NAMESPACE}/secrets`, 'x', 60, gzip)).toMatch(/^HTTP\/1\.1 400 /);
    const large = JSON.stringify({ data: 'x'.repeat(4 * 1024 * 1024) });
    expect(await post(`${NAMESPACE}/secrets`, large)).toMatch(/^HTTP\/1\.1 413 |^$/);
    expect(upstream.recorded).toEqual([]);
  });

  it('other secrets arrive as they were sent', async () => {
    const body = '{ "type": "Opaque",  "data": {"a": "YQ=="} }';
    expect(await post(`${NAMESPACE}/secrets`, body)).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.recorded[0]?.body).toBe(body);
  });
});
