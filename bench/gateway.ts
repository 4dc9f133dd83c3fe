import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './support/benchmark.ts';
import { TURN_COLUMNS, measureInTurn, turnRows } from './support/load.ts';
import type { Contender, Turn } from './support/load.ts';
import { startNginx } from './support/nginx.ts';
import { needDebian, needPeers } from './support/packages.ts';
import { cookieOf, startPortalProcess } from './support/portal-process.ts';
import type { PortalProcess } from './support/portal-process.ts';
import type { Figure } from './support/report.ts';
import type { Scratch } from './support/scratch.ts';
import { kubernetesSessions, portalSessions, seedDataFolder } from './support/seed.ts';
import { freePort, startServer } from './support/server-process.ts';
import { LARGE, SMALL, STUB, startReadStub } from './support/stub-cluster.ts';
import type { StubCluster } from './support/stub-cluster.ts';
import { startUndiciProxy } from './support/undici-proxy.ts';

const CURFEW = 'Curfew';
const AUTH_REQUEST = 'nginx, auth_request to Curfew';

/** Reads through the gateway from a TLS upstream that holds nobody up, beside other ways to get there. */
export const gateway: Benchmark = {
  name: 'gateway',
  title: 'reads through the gateway from a TLS stub',
  async run(options, scratch) {
    await needDebian('wrk', 'nginx', 'haproxy');
    await needPeers();
    const stub = await startReadStub(scratch);
    const [parent] = portalSessions(1, Date.now());
    if (parent === undefined) throw new Error('no session was made');
    const [child] = kubernetesSessions([parent], STUB, () => Date.now());
    const dataDir = join(scratch.folder, 'data');
    await seedDataFolder(dataDir, child === undefined ? [parent] : [parent, child]);
    const portal = await startPortalProcess(scratch, options, { name: 'curfew', dataDir, kubeconfig: stub.kubeconfig });
    const sides = { scratch, stub, portal, bearer: child?.token ?? '', cookie: cookieOf(parent.token) };
    const contenders = [
      ...curfew(sides),
      await nginxWithAuthRequest(sides),
      await nginxAlone(sides),
      await haproxy(sides),
      await undiciProxy(sides),
      direct(sides),
    ];
    const shape = { seconds: options.quick ? 2 : 5, rounds: options.quick ? 1 : 5 };
    const at = (path: string) => contenders.map((each) => ({ ...each, url: each.url + path }));
    const small = await measureInTurn(at(SMALL), { ...shape, connections: 16 });
    const large = await measureInTurn(at(LARGE), { ...shape, connections: 2 });
    return {
      figures: [...figuresOfSmall(small), ...figuresOfLarge(large)],
      tables: [
        {
          title: '1 KB, 16 connections; CPU of all processes of a contender',
          columns: TURN_COLUMNS,
          rows: turnRows(small),
        },
        { title: '10 MB, 2 connections', columns: TURN_COLUMNS, rows: turnRows(large) },
      ],
      notes: ["OpenShift console's backend (≥ 6 × its pace) is no package that could be installed here: not measured."],
    };
  },
};

function figuresOfSmall(turns: ReadonlyMap<string, Turn>): Figure[] {
  const own = turns.get(CURFEW);
  const peer = turns.get(AUTH_REQUEST);
  const bound = { atLeast: 0.6 };
  const ratio = (ours = Number.NaN, theirs = Number.NaN) => theirs / ours;
  return [
    { name: 'CPU of a small read', value: own?.cpuUs ?? Number.NaN, unit: 'µs', bound: { atMost: 60 } },
    { name: `against ${AUTH_REQUEST}, CPU`, value: ratio(own?.cpuUs, peer?.cpuUs), unit: '×', bound },
    { name: `against ${AUTH_REQUEST}, requests/s`, value: ratio(peer?.perSecond, own?.perSecond), unit: '×', bound },
  ];
}

function figuresOfLarge(turns: ReadonlyMap<string, Turn>): Figure[] {
  const value = (turns.get(CURFEW)?.cpuUs ?? Number.NaN) / 1000;
  return [{ name: 'CPU of 10 MB', value, unit: 'ms', bound: { atMost: 15 } }];
}

interface Sides {
  readonly scratch: Scratch;
  readonly stub: StubCluster;
  readonly portal: PortalProcess;
  /** A token of a Kubernetes session. */
  readonly bearer: string;
  /** The cookie of a portal session. */
  readonly cookie: string;
}

function curfew({ portal, bearer }: Sides): Contender[] {
  const path = `/k8s/clusters/${STUB}`;
  const headers = { Authorization: `Bearer ${bearer}` };
  const processes = [portal.server];
  const overTls = `https://127.0.0.1:${portal.tlsPort}`;
  const tlsHeaders = { ...headers, Host: `localhost:${portal.tlsPort}` };
  return [
    { name: CURFEW, url: portal.url + path, headers: { ...headers, Host: portal.host }, processes },
    { name: `${CURFEW}, TLS to the client`, url: overTls + path, headers: tlsHeaders, processes },
  ];
}

function direct({ stub }: Sides): Contender {
  return { name: 'direct (CPU not counted)', url: `https://127.0.0.1:${stub.port}`, headers: {}, processes: [] };
}

/** What nginx needs to speak to the stub over connections that it keeps. */
const toStub = ({ port, caFile }: StubCluster): string =>
  `upstream stub { server 127.0.0.1:${port}; keepalive 64; keepalive_requests 1000000000; }
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer the-token-of-the-stub";
  proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_verify on; proxy_ssl_name localhost; proxy_buffers 8 64k;
  proxy_max_temp_file_size 0;`;

async function nginxAlone({ scratch, stub }: Sides): Promise<Contender> {
  const port = await freePort();
  const server = `server { listen 127.0.0.1:${port}; location / { proxy_pass https://stub; } }`;
  const nginx = await startNginx(scratch, 'nginx', port, `${toStub(stub)} ${server}`);
  return { name: 'nginx', url: `http://127.0.0.1:${port}`, headers: {}, processes: [nginx] };
}

async function nginxWithAuthRequest({ scratch, stub, portal, cookie }: Sides): Promise<Contender> {
  const port = await freePort();
  const nginx = await startNginx(
    scratch,
    'nginx-auth-request',
    port,
    `${toStub(stub)}
    upstream portal { server 127.0.0.1:${portal.port}; keepalive 64; keepalive_requests 1000000000; }
    server {
      listen 127.0.0.1:${port};
      location / { auth_request /check; proxy_pass https://stub; }
      location = /check {
        internal;
        proxy_pass http://portal/api/session/check;
        proxy_pass_request_body off;
        proxy_set_header Content-Length ""; proxy_set_header Connection "";
        proxy_set_header Host ${portal.host};
      }
    }`,
  );
  const processes = [nginx, portal.server];
  return { name: AUTH_REQUEST, url: `http://127.0.0.1:${port}`, headers: { Cookie: cookie }, processes };
}

async function haproxy({ scratch, stub }: Sides): Promise<Contender> {
  const port = await freePort();
  const file = join(scratch.folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen gateway
  bind 127.0.0.1:${port}
  http-request set-header Authorization "Bearer the-token-of-the-stub"
  http-reuse always
  server stub 127.0.0.1:${stub.port} ssl verify required ca-file ${stub.caFile} sni str(localhost) verifyhost localhost
`,
  );
  const server = await startServer(scratch, 'haproxy', ['/usr/sbin/haproxy', '-db', '-f', file], { listening: port });
  return { name: 'HAProxy', url: `http://127.0.0.1:${port}`, headers: {}, processes: [server] };
}

async function undiciProxy({ scratch, stub }: Sides): Promise<Contender> {
  const { server, port } = await startUndiciProxy(scratch, `https://localhost:${stub.port}`, [stub.caFile]);
  return { name: 'undici proxy', url: `http://127.0.0.1:${port}`, headers: {}, processes: [server] };
}
