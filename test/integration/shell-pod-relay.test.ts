import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RELAY_SOURCE } from '../../src/kubernetes/local-cluster/images.ts';
import { openPodRelay } from '../../src/kubernetes/shell/pod/pod-relay.ts';
import type { PodRelay } from '../../src/kubernetes/shell/pod/pod-relay.ts';
import type { RelayTarget } from '../../src/kubernetes/shell/relay.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { until } from './shell-terminal.ts';

/** The relay as it runs in pods, here without one, with the portal's end of it. */
const folder = mkdtempSync(join(tmpdir(), 'curfew-relay-'));
const program = join(folder, 'curfew-relay');
type Joined = ChildProcessByStdio<Writable, Readable, null>;

let port: number;
let init: ReturnType<typeof spawn>;
let joined: Joined;
let relay: PodRelay;
let lost: number;
const seen: { url: string; aborted: boolean }[] = [];

beforeAll(() => {
  execFileSync('gcc', ['-static', '-Os', '-Wall', '-Wextra', '-Werror', '-o', program, RELAY_SOURCE]);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  port = await freePort();
  await start('30');
});
afterEach(() => {
  relay.cut();
  init.kill('SIGKILL');
  joined.kill('SIGKILL');
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

async function start(silence: string): Promise<void> {
  seen.length = 0;
  lost = 0;
  init = spawn(program, ['init', String(port), silence], { stdio: 'inherit' });
  const child: Joined = spawn(program, ['join', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const wire = { send: (bytes: Buffer) => void child.stdin.write(bytes), close: () => child.stdin.destroy() };
  child.stdin.on('error', () => {});
  const opened = openPodRelay(
    wire,
    createSystemClock(),
    () => target,
    () => void lost++,
  );
  child.stdout.on('data', (chunk: Buffer) => opened.receive(chunk));
  [joined, relay] = [child, opened];
  await relay.answered;
}

/** Answers with the digest of what it got, with as many bytes as the path says, or not at all; an upgrade is echoed. */
const target: RelayTarget = {
  handleRequest(incoming, response) {
    const url = incoming.url ?? '';
    const entry = { url, aborted: false };
    seen.push(entry);
    response.on('close', () => void (entry.aborted = !response.writableFinished));
    if (url.startsWith('/bytes/')) return void response.end(Buffer.alloc(Number(url.slice(7)), 'x'));
    if (url === '/watch') return void response.write('first\n');
    const hash = createHash('sha256');
    incoming.on('data', (chunk: Buffer) => hash.update(chunk));
    incoming.on('end', () => response.end(hash.digest('hex')));
  },
  handleUpgrade(_incoming, socket) {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  },
};

async function ask(path: string, body?: Buffer, agent: Agent | false = false): Promise<Buffer> {
  const asking = request({
    port,
    host: '127.0.0.1',
    path,
    method: body === undefined ? 'GET' : 'POST',
    agent,
  });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sha = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

describe('the relay of a pod', () => {
  it('carries many connections at once, large both ways, whole', async () => {
    const bodies = Array.from({ length: 40 }, (_, index) => randomBytes(1 + index * 40_000));
    const [answers, downloads] = await Promise.all([
      Promise.all(bodies.map((body) => ask('/', body))),
      Promise.all([0, 1, 262_144, 262_145, 5_000_000].map(async (size) => (await ask(`/bytes/${size}`)).length)),
    ]);
    expect(answers.map(String)).toEqual(bodies.map(sha));
    expect(downloads).toEqual([0, 1, 262_144, 262_145, 5_000_000]);
  });

  it('takes more connections than it has channels, one after the other', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask('/bytes/100')));
    expect(answers.every(({ length }) => length === 100)).toBe(true);
  });

  it('keeps a connection for several requests', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const size of [5, 500_000, 7]) expect(await ask(`/bytes/${size}`, undefined, agent)).toHaveLength(size);
    agent.destroy();
  });

  it('does not let one that is not read hold up the others', async () => {
    const silent = connect(port, '127.0.0.1');
    silent.pause();
    silent.write('GET /bytes/50000000 HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => seen.length === 1, 'the request');
    await sleep(100);
    expect((await ask('/bytes/3000000')).length).toBe(3_000_000);
    silent.destroy();
    await until(() => seen[0]?.aborted === true, 'the end of the one that is not read');
  });

  it('tells the portal when kubectl goes away in the middle of an upload', async () => {
    const half = connect(port, '127.0.0.1');
    half.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this');
    await until(() => seen.length === 1, 'the request');
    expect(seen).toEqual([{ url: '/', aborted: false }]);
    half.resetAndDestroy();
    await until(() => seen[0]?.aborted === true, 'the end');
  });

  it('answers a client that has closed its half', async () => {
    const half = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    half.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi');
    const chunks: Buffer[] = [];
    for await (const chunk of half) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toContain(sha(Buffer.from('hi')));
  });

  it('carries what is upgraded', async () => {
    const asking = request({ port, host: '127.0.0.1', headers: { Connection: 'Upgrade', Upgrade: 'echo' } }).end();
    const [, socket] = (await once(asking, 'upgrade')) as [IncomingMessage, ReturnType<typeof connect>];
    socket.write('to and fro');
    expect(String((await once(socket, 'data'))[0])).toBe('to and fro');
    socket.destroy();
  });

  it('ends with its pod when the portal cuts, and kubectl is reset', async () => {
    const watch = connect(port, '127.0.0.1');
    watch.write('GET /watch HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(watch, 'data');
    watch.on('error', () => {});
    const [closed, exited] = [once(watch, 'close'), once(init, 'exit')];
    relay.cut();
    await Promise.all([closed, exited]);
    expect(lost).toBe(0);
  });

  it('ends when what joined it is killed, and takes no other in', async () => {
    const second = spawn(program, ['join', String(port)], { stdio: ['pipe', 'pipe', 'ignore'] });
    const [code] = (await once(second, 'exit')) as [number];
    expect(code).toBe(1);
    const exited = once(init, 'exit');
    joined.kill('SIGKILL');
    await exited;
  });

  it('ends by itself when it hears nothing', async () => {
    relay.cut();
    init.kill('SIGKILL');
    port = await freePort();
    await start('1');
    await sleep(300);
    expect((await ask('/bytes/3')).length).toBe(3);
    const startedAt = performance.now();
    await once(init, 'exit');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('ends for what is no frame', async () => {
    const exited = once(init, 'exit');
    joined.stdin.write('GET / HTTP/1.1\r\n\r\n');
    expect(await exited).toEqual([1, null]);
  });
});
