import { describe, expect, it } from 'vitest';
import { parseApiRequest } from './api-request.ts';
import { capTokenRequest, isRefusal, lastingCredentialOf, refuseTokenSecret } from './lasting-credentials.ts';
import { splitTarget } from './request-target.ts';

const kindOf = (method: string, path: string): string | null =>
  lastingCredentialOf(parseApiRequest(method, splitTarget(path)));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const TYPE = 'kubernetes.io/service-account-token';

describe('lastingCredentialOf', () => {
  it.each([
    ['POST', '/api/v1/namespaces/dev/serviceaccounts/robot/token', 'service-account-token'],
    ['POST', '/api/v1/namespaces/dev/secrets', 'token-secret'],
    ['PUT', '/api/v1/namespaces/dev/secrets/x', 'token-secret'],
    ['PATCH', '/api/v1/namespaces/dev/secrets/x', 'token-secret'],
    ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', 'certificate'],
    ['POST', '/apis/certificates.k8s.io/v1beta1/certificatesigningrequests', 'certificate'],
    ['PATCH', '/apis/certificates.k8s.io/v1/certificatesigningrequests/x', 'certificate'],
    ['GET', '/api/v1/namespaces/dev/secrets/x', null],
    ['DELETE', '/api/v1/namespaces/dev/secrets/x', null],
    ['PUT', '/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval', null],
    ['POST', '/api/v1/namespaces/dev/configmaps', null],
  ])('%s %s: %s', (method, path, kind) => {
    expect(kindOf(method, path)).toBe(kind);
  });
});

describe('capTokenRequest', () => {
  const secondsOf = (body: unknown, left: number): number | string => {
    const result = capTokenRequest(json(body), 'application/json', left);
    return isRefusal(result) ? `${result.code} ${result.message}` : JSON.parse(result).spec.expirationSeconds;
  };

  it.each<[unknown, number, number]>([
    [{ spec: { expirationSeconds: 31_536_000 } }, 3000.9, 3000],
    [{ spec: { expirationSeconds: 700 } }, 3000, 700],
    [{ spec: {} }, 1800, 1800],
    [{}, 90_000, 3600],
    [{ spec: { expirationSeconds: 3607 } }, 90_000, 3606],
    [{ spec: { expirationSeconds: 99_999 } }, 3607, 3606],
    [{ spec: { expirationSeconds: 900 } }, Number.POSITIVE_INFINITY, 900],
  ])('%j with %d s left: %d s', (body, left, seconds) => {
    expect(secondsOf(body, left)).toBe(seconds);
  });

  it('refuses what Kubernetes could not issue, and says why', () => {
    expect(secondsOf({}, 599)).toMatch(/^403 No token can be issued: the session ends in 599 s/);
    expect(secondsOf({ spec: { expirationSeconds: '1e9' } }, 3000)).toMatch(/^400/);
    expect(secondsOf([], 3000)).toMatch(/^400/);
    expect(secondsOf({ spec: 5 }, 3000)).toMatch(/^400/);
  });

  it('passes the known fields alone, so that no second spelling gets by', () => {
    const body = Buffer.from(
      '{"kind":"TokenRequest","spec":{"audiences":["a"],"expirationSeconds":600,"ExpirationSeconds":99999999},"Spec":{"expirationSeconds":99999999}}',
    );
    const result = capTokenRequest(body, null, 3000);
    if (isRefusal(result)) throw new Error(result.message);
    expect(JSON.parse(result)).toEqual({
      kind: 'TokenRequest',
      spec: { audiences: ['a'], expirationSeconds: 600 },
    });
  });

  it.each(['application/vnd.kubernetes.protobuf', 'application/yaml', 'application/cbor'])('refuses %s', (type) => {
    expect(capTokenRequest(json({}), type, 3000)).toMatchObject({ code: 415 });
  });
});

describe('refuseTokenSecret', () => {
  const codeOf = (body: string, type: string | null = 'application/json'): number | null =>
    refuseTokenSecret(Buffer.from(body), type)?.code ?? null;

  it.each([
    [JSON.stringify({ type: TYPE }), 'application/json'],
    [JSON.stringify({ type: TYPE }), null],
    [JSON.stringify({ Type: TYPE }), 'application/json'],
    [`{"type":"${TYPE}","type":"Opaque"}`, 'application/json'],
    [`{"type":"kubernetes.io\\/service-account-token","type":"Opaque"}`, 'application/json'],
    [`{"type":"\\u006bubernetes.io/service-account-token"}`, 'application/merge-patch+json'],
    [`{"type":"\\u006bubernetes.io/service-account-token","type":"x"}`, 'application/json'],
    [JSON.stringify([{ op: 'add', path: '/type', value: TYPE }]), 'application/json-patch+json'],
    [`type: ${TYPE}\n`, 'application/apply-patch+yaml'],
    [`kind: Secret\n"type": >-\n  ${TYPE}\n`, 'application/apply-patch+yaml; charset=utf-8'],
    [`type: "\\x6bubernetes.io/service-account-token"`, 'application/yaml'],
    [`x: &t ${TYPE}\ntype: *t\n`, 'application/yaml'],
    [`type: !!binary a3ViZXJuZXRlcy5pby9zZXJ2aWNlLWFjY291bnQtdG9rZW4=`, 'application/yaml'],
    [`%TAG ! tag:yaml.org,2002:\n---\ntype: !binary a3Vi`, 'application/yaml'],
    [`a: b\n---\ntype: ${TYPE}\n`, 'application/yaml'],
    [JSON.stringify({ type: 'bootstrap.kubernetes.io/token' }), 'application/json'],
    [`{"type":"bootstrap.kubernetes.io\\/token","type":"Opaque"}`, 'application/json'],
    [`type: bootstrap.kubernetes.io/token\n`, 'application/apply-patch+yaml'],
  ])('refuses %s', (body, type) => {
    expect(codeOf(body, type)).toBe(403);
  });

  it('says which type it refused', () => {
    const refused = refuseTokenSecret(Buffer.from('type: bootstrap.kubernetes.io/token'), 'application/yaml');
    expect(refused?.message).toMatch(/type bootstrap\.kubernetes\.io\/token/);
  });

  it('lets others pass', () => {
    expect(codeOf(JSON.stringify({ type: 'Opaque', data: { a: 'YQ==' } }))).toBeNull();
    expect(codeOf('type: kubernetes.io/tls\n', 'application/apply-patch+yaml')).toBeNull();
    expect(codeOf(JSON.stringify({ data: { note: `about ${TYPE}s` } }))).toBeNull();
  });

  it('refuses what it cannot read', () => {
    expect(codeOf('k8s\0...', 'application/vnd.kubernetes.protobuf')).toBe(415);
    expect(codeOf('{', 'application/json')).toBe(400);
    expect(codeOf('', 'application/yaml')).toBe(null);
    expect(codeOf('', 'application/json')).toBe(400);
  });

  it('lets no other encoding hide it: go-yaml reads UTF-16 (tried on 1.20: it made the token)', () => {
    const text = `type: ${TYPE}\n`;
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const body of [little, Buffer.from(little).swap16(), Buffer.from(text, 'utf16le')]) {
      expect(refuseTokenSecret(body, 'application/yaml')).toMatchObject({ code: 400 });
    }
    expect(codeOf(`\ufefftype: Opaque\n`, 'application/yaml')).toBe(400);
    expect(codeOf(`a: b # c\u0085type: ${TYPE}`, 'application/yaml')).toBe(403);
  });

  it('takes no long time for any text (40,000 keys kept the portal busy for 54 s)', () => {
    const keys = Array.from({ length: 200_000 }, (_, index) => `k${index}: v`).join('\n');
    const before = process.cpuUsage();
    expect(codeOf(keys, 'application/yaml')).toBeNull();
    expect(codeOf('['.repeat(1_000_000), 'application/yaml')).toBeNull();
    expect(codeOf('---\n'.repeat(500_000), 'application/yaml')).toBeNull();
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  it('lets ordinary YAML pass, with exclamation marks in it', () => {
    expect(codeOf('stringData:\n  password: hunter2!!\n', 'application/yaml')).toBeNull();
    expect(codeOf(JSON.stringify({ stringData: { a: '\\ !x' } }), 'application/apply-patch+yaml')).toBeNull();
  });
});
