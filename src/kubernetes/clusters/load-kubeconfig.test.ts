import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inClusterDefinition } from './in-cluster.ts';
import { kubeconfigPaths, loadKubeconfig } from './load-kubeconfig.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-kubeconfig-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(text: string, name = 'config'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function context(cluster: string, user: string, name = 'demo'): string {
  return `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
contexts: [{name: ${name}, context: {cluster: c, user: u}}]
`;
}

describe('loadKubeconfig', () => {
  it('reads data, files relative to the kubeconfig, and the server’s path', () => {
    mkdirSync(join(folder, 'pki'));
    file('CERT', 'pki/cert.pem');
    const path = file(
      context(
        `{server: "https://h:6443/base/", certificate-authority-data: ${Buffer.from('CA').toString('base64')}, tls-server-name: other, insecure-skip-tls-verify: true}`,
        `{client-certificate: pki/cert.pem, client-key-data: ${Buffer.from('KEY').toString('base64')}, token: t}`,
      ),
    );
    const { clusters, problems, unusable } = loadKubeconfig([path]);
    expect([problems, unusable]).toEqual([[], []]);
    expect(clusters).toEqual([
      {
        name: 'demo',
        source: 'kubeconfig',
        server: new URL('https://h:6443/base/'),
        tls: { ca: 'CA', clientCertificate: 'CERT', clientKey: 'KEY', serverName: 'other', insecure: true },
        credential: { kind: 'token', token: 't' },
      },
    ]);
  });

  it.each([
    ['{tokenFile: token}', { kind: 'token-file' }],
    ['{username: a, password: b}', { kind: 'basic', username: 'a', password: 'b' }],
    ['{}', { kind: 'none' }],
    ['null', { kind: 'none' }],
    [
      '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [a], env: [{name: X, value: "1"}]}}',
      { kind: 'exec', exec: { args: ['a'], env: { X: '1' } } },
    ],
    ['{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: plugin}}', { exec: { command: 'plugin' } }],
  ])('understands the user %s', (user, credential) => {
    const [cluster] = loadKubeconfig([file(context('{server: "https://h"}', user))]).clusters;
    expect(cluster?.credential).toMatchObject(credential);
  });

  it('makes a plugin’s path relative to the kubeconfig', () => {
    const user = '{exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/plugin}}';
    const [cluster] = loadKubeconfig([file(context('{server: "https://h"}', user))]).clusters;
    expect(cluster?.credential).toMatchObject({ exec: { command: join(folder, 'bin/plugin') } });
  });

  it.each([
    ['{server: "https://h", proxy-url: "http://p"}', '{}', /proxy-url/],
    ['{server: "ftp://h"}', '{}', /not an http or https URL/],
    ['{server: nonsense}', '{}', /not an http or https URL/],
    ['{server: "https://u:p@h"}', '{}', /host, a port and a path/],
    ['{server: "https://h", certificate-authority: gone.pem}', '{}', /certificate-authority .*gone.pem cannot be read/],
    ['{server: "https://h"}', '{client-certificate-data: YQ==}', /certificate without a key/],
    ['{server: "https://h"}', '{auth-provider: {name: gcp}}', /auth-provider/],
    ['{server: "https://h"}', '{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}', /v1alpha1/],
  ])('lists a context that cannot be used, and why: %s %s', (cluster, user, message) => {
    const loaded = loadKubeconfig([file(context(cluster, user))]);
    expect(loaded.clusters).toEqual([]);
    expect(loaded.unusable).toEqual([{ name: 'demo', message: expect.stringMatching(message) }]);
  });

  it('names what a context lacks', () => {
    const path = file('contexts: [{name: a, context: {cluster: gone, user: gone}}]');
    expect(loadKubeconfig([path]).unusable[0]?.message).toMatch(/no cluster “gone”/);
  });

  it.each([
    ['a: [', /is not valid YAML/],
    ['- a\n- b\n', /is not a kubeconfig/],
    ['clusters: 5', /is not a kubeconfig: clusters: /],
    ['contexts: [{name: a}]', /contexts\.0\.context/],
    ['token: &a [*a, secret-token', /is not valid YAML/],
  ])('says what is wrong with a file, and goes on: %s', (text, message) => {
    const good = file(context('{server: "https://h"}', '{}'), 'good');
    const bad = file(text, 'bad');
    const { clusters, problems } = loadKubeconfig([bad, good]);
    expect(clusters).toHaveLength(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.message).toContain(bad);
    expect(problems[0]?.message).not.toContain('secret-token');
  });

  it('passes over files that are not there', () => {
    expect(loadKubeconfig([join(folder, 'gone')])).toEqual({ clusters: [], unusable: [], problems: [] });
    expect(loadKubeconfig([folder]).problems[0]?.message).toMatch(/cannot be read/);
  });

  it('joins several files, the first of a name wins', () => {
    const first = file(context('{server: "https://first"}', '{token: a}', 'one'), 'first');
    const second = file(context('{server: "https://second"}', '{token: b}', 'two'), 'second');
    const { clusters } = loadKubeconfig([first, second]);
    expect(clusters.map(({ name, server }) => [name, server.host])).toEqual([
      ['one', 'first'],
      ['two', 'first'],
    ]);
  });

  it('skips what Curfew wrote itself', () => {
    const text = writeKubeconfig({
      clusterId: 'demo',
      server: 'https://localhost:8443/k8s/clusters/demo',
      caPem: 'CA',
      token: 't',
      username: 'alice',
      tenant: { name: 'team', namespace: 'dev' },
    });
    expect(loadKubeconfig([file(text)])).toEqual({ clusters: [], unusable: [], problems: [] });
    expect(parse(text)).toMatchObject({
      'current-context': 'curfew-demo.team',
      contexts: [{ context: { namespace: 'dev', extensions: [{ name: 'curfew' }] } }],
      users: [{ user: { token: 't' } }],
    });
  });
});

describe('kubeconfigPaths', () => {
  it('looks where kubectl does', () => {
    expect(kubeconfigPaths({ KUBECONFIG: 'a::b' })).toEqual(['a', 'b']);
    expect(kubeconfigPaths({ HOME: '/home/x' })).toEqual(['/home/x/.kube/config']);
  });
});

describe('inClusterDefinition', () => {
  it('uses the service account of the pod, with a token that is read again', () => {
    file('TOKEN', 'token');
    file('CA', 'ca.crt');
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    expect(inClusterDefinition(environment, folder)).toMatchObject({
      source: 'in-cluster',
      server: new URL('https://[fd00::1]:6443'),
      tls: { ca: 'CA' },
      credential: { kind: 'token-file', path: join(folder, 'token') },
    });
    expect(inClusterDefinition({}, folder)).toBeNull();
    expect(inClusterDefinition(environment, join(folder, 'gone'))).toBeNull();
  });
});
