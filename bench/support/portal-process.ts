import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from './benchmark.ts';
import type { Scratch } from './scratch.ts';
import { PASSWORD } from './seed.ts';
import { freePort, startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** The whole portal, as `npm start` runs it, in a process of its own. */
export interface PortalProcess {
  readonly server: ServerProcess;
  readonly port: number;
  readonly tlsPort: number;
  readonly url: string;
  readonly host: string;
  /** How long it took from being started to saying where it is. */
  readonly startedInMs: number;
  signIn(username: string): Promise<SignedIn>;
}

export interface SignedIn {
  /** The header of the session's cookie. */
  readonly cookie: string;
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

export interface PortalOrders {
  readonly name: string;
  readonly dataDir: string;
  readonly kubeconfig?: string;
  /** The URL of a PostgreSQL in place of the embedded database. */
  readonly database?: string;
  /** What replicas share. */
  readonly secretKeyFile?: string;
}

export async function startPortalProcess(
  scratch: Scratch,
  { profile }: Options,
  given: PortalOrders,
): Promise<PortalProcess> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const none = join(scratch.folder, 'none.kubeconfig');
  writeFileSync(none, '');
  const profiling = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, given.name)}`];
  const ports = ['--port', String(port), '--tls-port', String(tlsPort)];
  const rest = ['--data-dir', given.dataDir, '--kubeconfig', given.kubeconfig ?? none, '--no-local-cluster'];
  if (given.database !== undefined) rest.push('--database', given.database);
  if (given.secretKeyFile !== undefined) rest.push('--secret-key-file', given.secretKeyFile);
  const startedAt = performance.now();
  const command = [process.execPath, ...profiling, MAIN, 'serve', ...ports, ...rest] as const;
  const env = { CURFEW_LOG_LEVEL: 'error', NODE_ENV: 'production' };
  const server = await startServer(scratch, given.name, [...command], { saying: /^Curfew: /m, env });
  const url = `http://localhost:${port}`;
  return {
    server,
    port,
    tlsPort,
    url: `http://127.0.0.1:${port}`,
    host: `localhost:${port}`,
    startedInMs: performance.now() - startedAt,
    signIn: (username) => signIn(url, username),
  };
}

/** @throws Error when the portal answers with anything but success */
export async function sendTo(url: string, method: string, path: string, cookie: string, body?: unknown) {
  const response = await fetch(url + path, {
    method,
    headers: {
      origin: url,
      'sec-fetch-site': 'same-origin',
      'curfew-request': '1',
      ...(cookie !== '' && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

export function cookieOf(token: string): string {
  return `__Host-curfew=${token}`;
}

async function signIn(url: string, username: string): Promise<SignedIn> {
  const response = await sendTo(url, 'POST', '/api/session', '', { username, password: PASSWORD });
  const cookie = response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  return { cookie, send: (method, path, body) => sendTo(url, method, path, cookie, body) };
}
