import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/**
 * How late idle streams are cut: 950 watches and 50 terminals in ten Kubernetes sessions of one minute, seen by their
 * clients in another process than the portal. Usage: node bench/cut-lateness.ts KUBECONFIG
 */
const SESSIONS = 10;
const WATCHES_EACH = 95;
const TERMINALS_EACH = 5;
const PASSWORD = 'correct horse battery staple';

const [kubeconfig] = process.argv.slice(2);
if (kubeconfig === undefined) throw new Error('usage: node bench/cut-lateness.ts KUBECONFIG');

const port = 18_600;
const url = `http://localhost:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'));
const portal = spawn(
  process.execPath,
  [
    'src/main.ts',
    'serve',
    '--port',
    String(port),
    '--tls-port',
    String(port + 1),
    '--data-dir',
    folder,
    '--kubeconfig',
    kubeconfig,
    '--no-local-cluster',
  ],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CURFEW_LOG_LEVEL: 'warn' } },
);
try {
  await run(await setUp(portal));
} finally {
  portal.kill('SIGTERM');
  await once(portal, 'exit');
  rmSync(folder, { recursive: true });
}

async function setUp(server: ChildProcess): Promise<void> {
  if (server.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const token = /\/setup\/(\S+)/.exec(line)?.[1];
    if (token === undefined) continue;
    await call('POST', '/api/setup', {}, { token, username: 'bench', password: PASSWORD });
    return;
  }
}

async function run(_ready: void): Promise<void> {
  const lateness: { watch: number[]; terminal: number[] } = { watch: [], terminal: [] };
  const ended: Promise<void>[] = [];
  for (let count = 0; count < SESSIONS; count++) {
    const { cookie, headers } = await signIn();
    if (count === 0)
      await call('PUT', '/api/system-config/MaximumK8sSessionDuration', headers, { type: 'AppConfig', value: '1' });
    const { kubeconfig: text, endsAt } = await call('POST', '/api/clusters/local/kubeconfig', headers);
    const deadline = Date.parse(endsAt);
    const token = /token: (\S+)/.exec(text)?.[1] ?? '';
    for (let each = 0; each < WATCHES_EACH; each++) ended.push(watch(token, deadline, lateness.watch));
    for (let each = 0; each < TERMINALS_EACH; each++) {
      const shell = await call('POST', '/api/shells', headers, { cluster: 'local' });
      ended.push(terminal(shell.id, cookie, deadline, lateness.terminal));
    }
  }
  await Promise.all(ended);
  const { headers } = await signIn();
  const ahead = await clockAhead(headers);
  console.log(
    `machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  console.log(`the portal's clock is ${ahead} ms ahead of this process's; taken into account below`);
  console.log('lateness seen by the client, ms after the deadline by the portal’s clock (negative would be early):');
  for (const [kind, values] of Object.entries(lateness)) {
    console.log(`${kind.padEnd(9)} ${summary(values.map((value) => value + ahead))}`);
  }
  const metrics: string = await call('GET', '/metrics', {});
  console.log('lateness at the server, from /metrics:');
  console.log(
    metrics
      .split('\n')
      .filter((line) => /^curfew_cut_lateness_seconds_(bucket|count)/.test(line) && /watch|terminal/.test(line))
      .join('\n'),
  );
}

/** How far the portal's clock is ahead: it never runs backward, so it may be some milliseconds. Of 20 the quickest answer. */
async function clockAhead(headers: Record<string, string>): Promise<number> {
  let best = { tookMs: Infinity, ahead: 0 };
  for (let count = 0; count < 20; count++) {
    const sentAt = Date.now();
    const { now } = await call('GET', '/api/session', headers);
    const tookMs = Date.now() - sentAt;
    if (tookMs < best.tookMs) best = { tookMs, ahead: Math.round(Date.parse(now) - sentAt - tookMs / 2) };
  }
  return best.ahead;
}

function summary(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return `n ${sorted.length}, min ${sorted[0]}, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${sorted.at(-1)}`;
}

async function signIn(): Promise<{ cookie: string; headers: Record<string, string> }> {
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username: 'bench', password: PASSWORD }),
  });
  const cookie = response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  return { cookie, headers: { cookie, origin: url } };
}

// The shapes are the wire contract's; a bench reads a few fields of each.
// oxlint-disable-next-line typescript/no-explicit-any
async function call(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<any> {
  const response = await fetch(url + path, {
    method,
    headers: { origin: url, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text;
}

function watch(token: string, deadline: number, lateness: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = '/k8s/clusters/local/api/v1/namespaces/default/configmaps?watch=1';
    get(url + path, { headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`watch: ${response.statusCode}`));
      response.on('error', () => undefined).resume();
      response.on('close', () => {
        lateness.push(Date.now() - deadline);
        resolve();
      });
    }).on('error', reject);
  });
}

function terminal(id: string, cookie: string, deadline: number, lateness: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://localhost:${port}/api/shells/${id}/terminal`, {
      headers: { cookie, origin: url },
    });
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      // Buffers, since no other binaryType was asked for.
      if (isBinary || !(data as Buffer).toString('utf8').includes('"ended"')) return;
      lateness.push(Date.now() - deadline);
      resolve();
    });
  });
}
