import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Options } from './support/benchmark.ts';
import { CUT_COLUMNS, outcomeOfCuts } from './support/cuts.ts';
import { readLateness } from './support/lateness.ts';
import { startNginx } from './support/nginx.ts';
import { needDebian, needPeers } from './support/packages.ts';
import { startPortalProcess } from './support/portal-process.ts';
import type { Figure, Outcome } from './support/report.ts';
import type { Scratch } from './support/scratch.ts';
import { kubernetesSessions, portalSessions, seedDataFolder } from './support/seed.ts';
import { cpuMsOf, freePort, residentKiBOf } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';
import { round } from './support/statistics.ts';
import { STUB, WATCH, startWatchStub } from './support/stub-cluster.ts';
import type { StubCluster } from './support/stub-cluster.ts';
import { startUndiciProxy } from './support/undici-proxy.ts';
import { openWatches } from './support/watchers.ts';
import type { WatcherOrders } from './support/watchers.ts';

const AT_ONCE = 100;
const HOUR_MS = 3600_000;
/** How long a process may take to come to rest, before and after, for its memory to be compared. */
const REST_MS = 3000;

/** Watches that nothing happens on: what they cost, how soon they are open, and how exactly they are cut. */
export const streams: Benchmark = {
  name: 'streams',
  title: 'idle watches, and cutting them at their deadline',
  async run(options, scratch) {
    await needDebian('nginx');
    await needPeers();
    const stub = await startWatchStub(scratch);
    const idle = await measureIdle(scratch, options, stub, options.quick ? 500 : 5000);
    const most = options.quick ? 1000 : mostStreams();
    const spread = await measureCuts(scratch, options, { stub, count: most, name: 'spread', spreadMs: 10_000 });
    const atOnce = await measureCuts(scratch, options, { stub, count: most, name: 'at-once', spreadMs: 0 });
    return {
      figures: [...idle.figures, ...spread.figures, ...atOnce.figures],
      tables: [
        ...idle.tables,
        { title: `cuts of ${most} watches, one session each`, columns: CUT_COLUMNS, rows: [spread.row, atOnce.row] },
      ],
      notes: [
        'Lateness at the server is from its own histogram, /metrics; at the client from the sockets of another process.',
        ...(most < 10_000 && !options.quick
          ? [`${most} streams, and not 10,000: this process may open no more files.`]
          : []),
      ],
    };
  },
};

/** The gateway has two sockets for each watch. */
function mostStreams(): number {
  const files = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  return Math.min(10_000, Math.floor((files - 200) / 2));
}

interface Way {
  readonly name: string;
  readonly server: ServerProcess;
  readonly orders: Omit<WatcherOrders, 'headers' | 'atOnce'>;
  readonly headers: readonly string[];
}

async function measureIdle(scratch: Scratch, options: Options, stub: StubCluster, count: number): Promise<Outcome> {
  const rows: (string | number)[][] = [];
  const figures: Figure[] = [];
  for (const way of [
    await curfew(scratch, options, stub, { name: 'Curfew', count, tls: false }),
    await curfew(scratch, options, stub, { name: 'Curfew, TLS to the client', count, tls: true }),
    await undiciProxy(scratch, stub, count),
    await nginx(scratch, stub, count),
  ]) {
    // Once through first, so that code and buffers that all watches share are not counted.
    const warm = { ...way.orders, headers: way.headers.slice(0, 50), atOnce: AT_ONCE };
    await (await openWatches(scratch, warm)).stop();
    await sleep(REST_MS);
    const [before, cpuBefore] = [residentKiBOf(way.server.pid), cpuMsOf([way.server.pid])];
    const watches = await openWatches(scratch, { ...way.orders, headers: way.headers, atOnce: AT_ONCE });
    const cpuMs = cpuMsOf([way.server.pid]) - cpuBefore;
    await sleep(REST_MS);
    const kib = (residentKiBOf(way.server.pid) - before) / count;
    await watches.stop();
    await way.server.stop();
    rows.push([way.name, round(kib), round(watches.openedInMs / 1000, 2), round(cpuMs / count, 3)]);
    if (way.name !== 'Curfew') continue;
    figures.push(
      { name: 'memory of an idle watch', value: kib, unit: 'KiB', bound: { atMost: 35 } },
      { name: `${count} watches opened in`, value: watches.openedInMs / 1000, unit: 's', bound: { atMost: 2 } },
    );
  }
  const columns = ['way', 'KiB a watch', 'opened in s', 'CPU ms to open one'];
  return { figures, tables: [{ title: `${count} idle watches, TLS to the stub`, columns, rows }] };
}

async function curfew(
  scratch: Scratch,
  options: Options,
  stub: StubCluster,
  { name, count, tls }: { name: string; count: number; tls: boolean },
): Promise<Way> {
  const dataDir = join(scratch.folder, tls ? 'idle-tls' : 'idle');
  // Ten watches a session, as somebody with a dashboard has them.
  const parents = portalSessions(Math.ceil(count / 10), Date.now());
  const sessions = kubernetesSessions(parents, STUB, () => Date.now());
  await seedDataFolder(dataDir, [...parents, ...sessions]);
  const portal = await startPortalProcess(scratch, options, {
    name: `curfew-idle${tls ? '-tls' : ''}`,
    dataDir,
    kubeconfig: stub.kubeconfig,
  });
  const port = tls ? portal.tlsPort : portal.port;
  const headers = Array.from({ length: count }, (_, index) => bearer(sessions[index % sessions.length]?.token));
  return {
    name,
    server: portal.server,
    headers,
    orders: { port, host: `localhost:${port}`, path: `/k8s/clusters/${STUB}${WATCH}`, tls },
  };
}

async function undiciProxy(scratch: Scratch, stub: StubCluster, count: number): Promise<Way> {
  const { server, port } = await startUndiciProxy(scratch, `https://localhost:${stub.port}`, [stub.caFile]);
  return { name: 'undici proxy', server, ...plain(port, count) };
}

async function nginx(scratch: Scratch, stub: StubCluster, count: number): Promise<Way> {
  const port = await freePort();
  const server = await startNginx(
    scratch,
    'nginx',
    port,
    `server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass https://127.0.0.1:${stub.port}; proxy_http_version 1.1; proxy_set_header Connection "";
        proxy_buffering off; proxy_ssl_session_reuse on;
      }
    }`,
  );
  return { name: 'nginx', server, ...plain(port, count) };
}

function plain(port: number, count: number): Pick<Way, 'headers' | 'orders'> {
  const headers = Array.from({ length: count }, () => 'Accept: application/json');
  return { headers, orders: { port, host: `localhost:${port}`, path: WATCH, tls: false } };
}

interface CutOrders {
  readonly stub: StubCluster;
  readonly count: number;
  readonly name: string;
  /** Over how long the deadlines are spread; 0 for all at one instant. */
  readonly spreadMs: number;
}

async function measureCuts(scratch: Scratch, options: Options, { stub, count, name, spreadMs }: CutOrders) {
  // Long enough to open them all, on a slow machine too.
  const firstAt = Date.now() + 20_000 + count * 5;
  const deadlineOf = (index: number): number => Math.round(firstAt + (index * spreadMs) / count);
  const parents = portalSessions(count, Date.now());
  const sessions = kubernetesSessions(parents, STUB, (index) => deadlineOf(index) - HOUR_MS);
  const dataDir = join(scratch.folder, name);
  await seedDataFolder(dataDir, [...parents, ...sessions]);
  const portal = await startPortalProcess(scratch, options, {
    name: `curfew-${name}`,
    dataDir,
    kubeconfig: stub.kubeconfig,
  });
  const watches = await openWatches(scratch, {
    port: portal.port,
    host: portal.host,
    path: `/k8s/clusters/${STUB}${WATCH}`,
    tls: false,
    headers: sessions.map(({ token }) => bearer(token)),
    atOnce: AT_ONCE,
  });
  if (Date.now() > firstAt) throw new Error(`${count} watches were not open before the first deadline`);
  await sleep(firstAt + spreadMs - Date.now());
  const closedAt = await watches.closed(count, 30_000);
  const late = closedAt.map((at, index) => (at ?? Number.NaN) - deadlineOf(index));
  const server = readLateness(await (await fetch(`${portal.url}/metrics`)).text(), 'watch');
  await portal.server.stop();
  await watches.stop();
  return outcomeOfCuts(
    spreadMs === 0 ? 'all at one instant' : `spread over ${spreadMs / 1000} s`,
    late,
    server,
    spreadMs === 0,
  );
}

function bearer(token = ''): string {
  return `Authorization: Bearer ${token}`;
}
