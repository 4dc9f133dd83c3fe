import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import type { ClusterDefinition, ClusterHealth } from '../../src/kubernetes/clusters/cluster.ts';
import { createClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { createSystemClock } from '../../src/system/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-health-'));
const clock = createSystemClock();
const log = pino({ level: 'silent' });
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function certificate(options: { name?: string; notAfter?: Date } = {}): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { name = '127.0.0.1', notAfter = new Date(Date.now() + 86_400_000) } = options;
  const type = name === '127.0.0.1' ? 'ip' : 'dns';
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=health-test',
    notBefore: new Date(Date.now() - 7 * 86_400_000),
    notAfter,
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new SubjectAlternativeNameExtension([{ type, value: name }])],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`, cert: cert.toString('pem') };
}

async function serve(tls: { key: string; cert: string }, listener: RequestListener): Promise<string> {
  const server = createServer(tls, listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function healthOf(
  server: string,
  ca: string | null,
  change: Partial<ClusterDefinition> = {},
): Promise<ClusterHealth> {
  const tls = { ca, clientCertificate: null, clientKey: null, serverName: null, insecure: false };
  const credential = { kind: 'token', token: 'secret-token' } as const;
  const definition = { name: 'x', source: 'kubeconfig', server: new URL(server), tls, credential, ...change } as const;
  const directory = createClusterDirectory({ clusters: [definition] }, { clock, log });
  const health = await directory.check('x');
  await directory.stop();
  if (health === null) throw new Error('The cluster is not there.');
  return health;
}

const healthy: RequestListener = (request, response) => {
  if (request.url === '/version') response.end('{"gitVersion":"v1.36.0"}');
  else response.end('ok');
};

describe('the health of a cluster', () => {
  it('is ready, with its version', async () => {
    const tls = await certificate();
    expect(await healthOf(await serve(tls, healthy), tls.cert)).toMatchObject({
      state: 'ready',
      version: 'v1.36.0',
      message: null,
      checkedAt: expect.any(Number),
    });
  });

  it('is of the real cluster', async () => {
    const directory = createClusterDirectory(loadKubeconfig([inject('kubeconfigPath')]), { clock, log });
    const [entry] = directory.list();
    expect(await directory.check(entry?.id ?? '')).toMatchObject({
      state: 'ready',
      version: expect.stringMatching(/^v1\./),
    });
    expect(directory.list()[0]?.health.state).toBe('ready');
    await directory.stop();
  });

  it.each<[string, Parameters<typeof certificate>[0], boolean, RegExp]>([
    ['an expired certificate', { notAfter: new Date(Date.now() - 1000) }, true, /has expired\.$/],
    ['a certificate for another name', { name: 'other.example' }, true, /is for another name\.$/],
    ['an unknown authority', {}, false, /is not signed by the authority in the kubeconfig\.$/],
  ])('says so of %s', async (_what, options, trusted, message) => {
    const tls = await certificate(options);
    const ca = trusted ? tls.cert : (await certificate()).cert;
    const health = await healthOf(await serve(tls, healthy), ca);
    expect(health).toMatchObject({ state: 'unreachable', version: null, message: expect.stringMatching(message) });
  });

  it('says so of a server that is not there, or no API server', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    expect((await healthOf(`https://127.0.0.1:${port}`, null)).message).toBe(
      `Connection refused at 127.0.0.1:${port}.`,
    );
    const tls = await certificate();
    const page = await serve(tls, (_request, response) => response.end('<html>'));
    expect((await healthOf(page, tls.cert)).message).toBe('What answers is not a Kubernetes API server.');
  });

  it('says so of one that refuses the credential, and of one that is not ready', async () => {
    const tls = await certificate();
    const refusing = await serve(tls, (_request, response) => response.writeHead(401).end('{}'));
    const refused = await healthOf(refusing, tls.cert);
    expect(refused.message).toBe("It refuses Curfew's credential (401).");
    expect(JSON.stringify(refused)).not.toContain('secret-token');
    const starting = await serve(tls, (request, response) => {
      if (request.url === '/version') response.end('{"gitVersion":"v1.36.0"}');
      else response.writeHead(500).end('[-]etcd failed');
    });
    expect(await healthOf(starting, tls.cert)).toMatchObject({ state: 'unreachable', message: /etcd failed/ });
  });

  it('follows no redirect', async () => {
    const tls = await certificate();
    const seen: string[] = [];
    const target = await serve(tls, (request, response) => {
      seen.push(request.url ?? '');
      response.end('{"gitVersion":"evil"}');
    });
    const server = await serve(tls, (_request, response) => response.writeHead(302, { Location: target }).end());
    expect((await healthOf(server, tls.cert)).message).toBe('What answers is not a Kubernetes API server.');
    expect(seen).toEqual([]);
  });

  it('is that of a credential plugin too: its certificate is used, and it is run again after a 401', async () => {
    const real = parse(readFileSync(inject('kubeconfigPath'), 'utf8')) as {
      clusters: unknown[];
      users: { name: string; user: Record<string, string> }[];
      contexts: unknown[];
    };
    const [admin] = real.users;
    const pem = (field: string): string => Buffer.from(admin?.user[field] ?? '', 'base64').toString('utf8');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { clientCertificateData: pem('client-certificate-data'), clientKeyData: pem('client-key-data') },
    };
    const plugin = join(folder, 'plugin');
    writeFileSync(plugin, `#!/bin/sh\necho run >> ${plugin}.runs\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`);
    chmodSync(plugin, 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin' };
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, JSON.stringify({ ...real, users: [{ name: admin?.name, user: { exec } }] }));
    const directory = createClusterDirectory(loadKubeconfig([file]), { clock, log });
    const id = directory.list()[0]?.id ?? '';
    expect(await directory.check(id)).toMatchObject({ state: 'ready', message: null });
    expect(readFileSync(`${plugin}.runs`, 'utf8')).toBe('run\n');
    directory.find(id)?.forgetCredential();
    expect(await directory.check(id)).toMatchObject({ state: 'ready' });
    expect(readFileSync(`${plugin}.runs`, 'utf8')).toBe('run\nrun\n');
    await directory.stop();
  });
});
