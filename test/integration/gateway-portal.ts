import 'reflect-metadata';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { pino } from 'pino';
import { PortalError } from '../../src/core/portal-error.ts';
import type { Tenant } from '../../src/core/tenant.ts';
import type { User } from '../../src/core/user.ts';
import { createClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import type { ClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { writeKubeconfig } from '../../src/kubernetes/clusters/write-kubeconfig.ts';
import { createGateway } from '../../src/kubernetes/gateway/gateway.ts';
import type { Gateway } from '../../src/kubernetes/gateway/gateway.ts';
import { GATEWAY_LIMITS } from '../../src/kubernetes/gateway/ports.ts';
import type { CredentialRequest, GatewayPorts } from '../../src/kubernetes/gateway/ports.ts';
import { LOGIN_CLAIM } from '../../src/sessions/login-address.ts';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { StreamKind } from '../../src/sessions/stream.ts';
import { createSystemClock } from '../../src/system/clock.ts';

/** Not beside the kubeconfig, whose folder may be somebody's own. */
const KUBECTL_CACHE = join(tmpdir(), `curfew-kubectl-cache-${process.pid}`);

/** A gateway before the real cluster, under TLS, without the rest of the portal. */
export interface GatewayPortal {
  readonly url: string;
  readonly caPem: string;
  readonly clusterId: string;
  readonly directory: ClusterDirectory;
  /** What the relays of shells lead to. */
  readonly gateway: Pick<Gateway, 'forSession'>;
  readonly cuts: { kind: StreamKind; latenessMs: number }[];
  readonly credentials: CredentialRequest[];
  /** A session, and a kubeconfig with its token. @param loginAddress where `curfew login` was, if it was that */
  signIn(
    user: Partial<User>,
    minutes?: number,
    loginAddress?: string,
    tenant?: Pick<Tenant, 'id' | 'namespace'>,
  ): Promise<{ session: TestSession; token: string; kubeconfig: string }>;
  stop(): Promise<void>;
}

export async function startGatewayPortal(
  kubeconfigPath: string,
  overrides: Partial<GatewayPorts> = {},
): Promise<GatewayPortal> {
  const clock = overrides.clock ?? createSystemClock();
  const log = pino({ level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'curfew-gateway-'));
  const directory = createClusterDirectory(loadKubeconfig([kubeconfigPath]), { clock, log });
  const clusterId = directory.list()[0]?.id ?? '';
  const sessions = new Map<string, TestSession>();
  const cuts: { kind: StreamKind; latenessMs: number }[] = [];
  const credentials: CredentialRequest[] = [];
  const gateway = createGateway({
    authenticate(request) {
      const session = sessions.get(request.headers.authorization ?? '');
      if (session === undefined) throw new PortalError('authentication-required', 'The token is not known.');
      const end = session.end();
      if (end !== null) throw new PortalError('session-ended', 'The session has ended.', { end });
      return session;
    },
    findCluster: (id) => directory.find(id),
    tenantOf: () => undefined,
    entryOf: () => 'none',
    shellNamespace: null,
    admitStream: () => undefined,
    warningMinutes: () => 5,
    onWarned: () => undefined,
    clock,
    log,
    onCut: (kind, latenessMs) => cuts.push({ kind, latenessMs }),
    limits: GATEWAY_LIMITS,
    onExecCut: () => {},
    onRefused: () => {},
    onCredentialRequest: (request) => credentials.push(request),
    onSecretsShown: () => Promise.resolve(),
    ...overrides,
  });
  const { key, cert } = await selfSigned();
  const server = createServer({ key, cert }, (request, response) => {
    gateway.handleRequest(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    gateway.handleUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `https://127.0.0.1:${port}`;

  return {
    url,
    caPem: cert,
    clusterId,
    directory,
    gateway,
    cuts,
    credentials,
    async signIn(user, minutes = 60, loginAddress, tenant) {
      const id = `session-${sessions.size + 1}`;
      const session = createTestSession({
        clock,
        user,
        minutes,
        clusterId,
        id,
        ...(tenant && { tenantId: tenant.id }),
      });
      const claims = Buffer.from(JSON.stringify({ [LOGIN_CLAIM]: loginAddress })).toString('base64url');
      const token = `token-${id}.${claims}.signed`;
      sessions.set(`Bearer ${token}`, session);
      const kubeconfig = join(folder, `${id}.kubeconfig`);
      const text = writeKubeconfig({
        clusterId,
        server: `${url}/k8s/clusters/${clusterId}`,
        caPem: cert,
        token,
        username: session.user.username,
        ...(tenant && { tenant: { name: tenant.id, namespace: tenant.namespace } }),
      });
      await writeFile(kubeconfig, text, { mode: 0o600 });
      return { session, token, kubeconfig };
    },
    async stop() {
      for (const session of sessions.values()) session.revoke();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory.stop();
      await rm(folder, { recursive: true });
      await rm(KUBECTL_CACHE, { recursive: true, force: true });
    },
  };
}

/** A certificate for 127.0.0.1 that nobody else signed, with its key. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=gateway-test',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`, cert: cert.toString('pem') };
}

/** A kubectl that runs. */
export interface RunningKubectl {
  readonly process: ChildProcess;
  /** What it has printed so far, both streams in turn. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<{ exit: number | null; stdout: string; stderr: string }>;
}

export function startKubectl(kubectl: string, kubeconfig: string, args: readonly string[], input = ''): RunningKubectl {
  const cache = join(KUBECTL_CACHE, basename(kubeconfig));
  const child = spawn(kubectl, ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args], {
    env: { PATH: process.env['PATH'], HOME: tmpdir() },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {
    // kubectl may be gone before it has read everything.
  });
  if (input !== '') child.stdin.end(input);
  const ended = new Promise<{ exit: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => {
      resolve({ exit, stdout, stderr });
    });
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

export async function runKubectl(
  kubectl: string,
  kubeconfig: string,
  args: readonly string[],
  input = '\n',
): Promise<{ exit: number | null; stdout: string; stderr: string }> {
  return startKubectl(kubectl, kubeconfig, args, input).ended;
}

export async function waitUntil(what: string, isSo: () => boolean, withinMs = 20_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > until) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
