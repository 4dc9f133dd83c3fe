import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import { clusterIdentity } from '../src/core/access.ts';
import { loadKubeconfig } from '../src/kubernetes/clusters/load-kubeconfig.ts';
import type { User } from '../src/core/user.ts';
import { upstreamHeaders } from '../src/kubernetes/gateway/request-headers.ts';
import type { Benchmark } from './support/benchmark.ts';
import { startPortalProcess } from './support/portal-process.ts';
import type { Figure } from './support/report.ts';
import type { Scratch } from './support/scratch.ts';
import { seedDataFolder } from './support/seed.ts';
import { freePort, startServer } from './support/server-process.ts';
import { startUndiciProxy } from './support/undici-proxy.ts';
import { median, percentile, round } from './support/statistics.ts';

const PATH = '/api/v1/namespaces/default';
/** Who acts where nobody stands between: it is what the gateway says of the session of this benchmark. */
const ADMINISTRATOR: User = {
  id: 'usr_bench',
  username: 'bench-0',
  role: 'Administrator',
  readOnly: false,
  disabledAt: null,
  createdAt: 0,
};
const BENCH = { session: { id: 'bench' }, identity: clusterIdentity(ADMINISTRATOR) };

interface Way {
  readonly name: string;
  readonly client: Client;
  readonly path: string;
  readonly headers: string[];
}

/** One connection to a real API server: what a way there adds to the median of a read. */
export const gatewayCluster: Benchmark = {
  name: 'gateway-cluster',
  title: 'reads from a real API server over one connection',
  needsKubeconfig: true,
  async run(options, scratch) {
    const kubeconfig = options.kubeconfig ?? '';
    const [definition] = loadKubeconfig([kubeconfig]).clusters;
    if (definition === undefined) throw new Error(`there is no cluster in ${kubeconfig}`);
    const { ca, clientCertificate, clientKey } = definition.tls;
    const connect = {
      ...(ca && { ca }),
      ...(clientCertificate && clientKey && { cert: clientCertificate, key: clientKey }),
    };
    const dataDir = join(scratch.folder, 'data');
    await seedDataFolder(dataDir, []);
    const portal = await startPortalProcess(scratch, options, { name: 'curfew', dataDir, kubeconfig });
    const administrator = await portal.signIn('bench-0');
    const clusters = (await (await administrator.send('GET', '/api/clusters')).json()) as { items: { id: string }[] };
    const id = clusters.items[0]?.id ?? '';
    const made = await (await administrator.send('POST', `/api/clusters/${id}/kubeconfig`)).json();
    const token = /token: (\S+)/.exec((made as { kubeconfig: string }).kubeconfig)?.[1] ?? '';
    const proxyPort = await freePort();
    const proxy = ['kubectl', '--kubeconfig', kubeconfig, 'proxy', '--port', String(proxyPort)] as const;
    await startServer(scratch, 'kubectl-proxy', [...proxy], { listening: proxyPort });
    const files = [ca, clientCertificate, clientKey].map((pem, index) => writePem(scratch, `${index}.pem`, pem ?? ''));
    const undici = await startUndiciProxy(scratch, definition.server.origin, files as [string, string, string]);
    const ways: Way[] = [
      { name: 'direct', client: new Client(definition.server.origin, { connect }), path: PATH, headers: [] },
      {
        name: 'direct, for a user',
        client: new Client(definition.server.origin, { connect }),
        path: PATH,
        headers: upstreamHeaders([], BENCH, { authorization: null }),
      },
      {
        name: 'Curfew',
        client: new Client(`http://${portal.host}`),
        path: `/k8s/clusters/${id}${PATH}`,
        headers: ['authorization', `Bearer ${token}`],
      },
      { name: 'kubectl proxy', client: new Client(`http://127.0.0.1:${proxyPort}`), path: PATH, headers: [] },
      { name: 'undici proxy', client: new Client(`http://127.0.0.1:${undici.port}`), path: PATH, headers: [] },
    ];
    const took = await measure(ways, options.quick ? { rounds: 3, requests: 100 } : { rounds: 20, requests: 200 });
    for (const { client } of ways) await client.close();
    const of = (name: string): number => median(took.get(name) ?? []);
    const added = of('Curfew') - of('direct');
    const figures: Figure[] = [
      { name: 'added median', value: added, unit: 'ms', bound: { atMost: 0.3 } },
      {
        name: 'median behind kubectl proxy',
        value: of('Curfew') - of('kubectl proxy'),
        unit: 'ms',
        bound: { atMost: 0 },
      },
    ];
    const rows = [...took].map(([name, each]) => [
      name,
      round(median(each), 3),
      round(percentile(each, 0.99), 2),
      round(median(each) - of('direct'), 3),
    ]);
    return {
      figures,
      tables: [{ title: `GET ${PATH}, in turn`, columns: ['way', 'median ms', 'p99 ms', 'added ms'], rows }],
    };
  },
};

function writePem(scratch: Scratch, name: string, pem: string): string {
  const file = join(scratch.folder, name);
  writeFileSync(file, pem, { mode: 0o600 });
  return file;
}

async function measure(ways: readonly Way[], { rounds, requests }: { rounds: number; requests: number }) {
  const took = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (const way of ways) for (let count = 0; count < requests; count++) await read(way);
  for (let turn = 0; turn < rounds; turn++) {
    for (const way of ways) {
      for (let count = 0; count < requests; count++) {
        const startedAt = performance.now();
        await read(way);
        took.get(way.name)?.push(performance.now() - startedAt);
      }
    }
  }
  return took;
}

async function read({ name, client, path, headers }: Way): Promise<void> {
  const { statusCode, body }: Dispatcher.ResponseData = await client.request({ method: 'GET', path, headers });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${name}: ${statusCode} ${text}`);
}
