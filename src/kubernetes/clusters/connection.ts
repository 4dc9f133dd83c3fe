import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ClientRequest } from 'node:http';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import type { Clock } from '../../core/clock.ts';
import type { Cluster, ClusterDefinition, Connection } from './cluster.ts';
import { createCredential } from './credential.ts';
import type { PresentedCredential } from './credential.ts';
import { createWatchPool } from './watch-pool.ts';
import type { WatchPool } from './watch-pool.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** How long a cluster may take to agree to a tunnel: it connects to the node first. */
const UPGRADE_TIMEOUT_MS = 30_000;
/** Below what API servers and the load balancers before them keep an idle connection for. */
const KEEP_ALIVE_MS = 30_000;
/** How many watches share a connection, unless the server wants fewer. */
const WATCHES_EACH = 250;

/** A cluster's connections. Whoever opens it closes it. */
export interface OpenCluster extends Cluster {
  readonly definition: ClusterDefinition;
  /** Ends every connection, requests in flight included. */
  close(): Promise<void>;
}

/**
 * Opens nothing by itself: the first request connects.
 *
 * @param complained takes what a credential plugin that failed had to say
 */
export function openCluster(
  id: string,
  definition: ClusterDefinition,
  clock: Clock,
  complained?: (stderr: string) => void,
): OpenCluster {
  const closing = new AbortController();
  const plugins = { clock, closing: closing.signal, ...(complained !== undefined && { complained }) };
  const credential = createCredential(definition.credential, plugins);
  let presented: PresentedCredential | null = null;
  let connection: (Connection & { readonly pools: Pools }) | null = null;

  const connectWith = (next: PresentedCredential): Connection => {
    if (connection !== null && presented === next) return connection;
    const sameCertificate = presented !== null && presented.certificate?.cert === next.certificate?.cert;
    const pools = connection !== null && sameCertificate ? connection.pools : createPools(definition, next);
    if (connection !== null && pools !== connection.pools) {
      void connection.pools.requests.close();
      connection.pools.watches.retire();
    }
    presented = next;
    const { requests, watches } = pools;
    connection = {
      ...describeServer(definition, next),
      pools,
      dispatcher: requests,
      watchDispatcher: () => watches.current(),
    };
    return connection;
  };

  return {
    id,
    name: definition.name,
    source: definition.source,
    definition,
    connect() {
      const current = credential.current();
      return current === null ? credential.fetch().then(connectWith) : connectWith(current);
    },
    forgetCredential: () => {
      credential.forget();
    },
    async close() {
      closing.abort();
      await Promise.all([connection?.pools.requests.destroy(), connection?.pools.watches.destroy()]);
    },
  };
}

function describeServer(
  definition: ClusterDefinition,
  presented: PresentedCredential,
): Omit<Connection, 'dispatcher' | 'watchDispatcher'> {
  const { origin, pathname } = definition.server;
  const { authorization } = presented;
  const basePath = pathname.replace(/\/+$/, '');
  return {
    origin,
    basePath,
    authorization,
    startUpgrade: (method, path, headers) => startUpgrade(definition, presented, method, path, headers),
    openWebSocket: (path, protocol) =>
      new WebSocket(origin.replace(/^http/, 'ws') + basePath + path, [protocol], {
        ...tlsOptions(definition, presented),
        ...(authorization !== null && { headers: { authorization } }),
        handshakeTimeout: UPGRADE_TIMEOUT_MS,
        perMessageDeflate: false,
      }),
  };
}

interface Pools {
  readonly requests: Pool;
  readonly watches: WatchPool;
}

function createPools(definition: ClusterDefinition, presented: PresentedCredential): Pools {
  const options: Pool.Options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // Log follows and watches may be silent for as long as their session lives; the session is what ends them.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tlsOptions(definition, presented), timeout: CONNECT_TIMEOUT_MS },
  };
  const { origin } = definition.server;
  return {
    // HTTP/1.1: a stream that is cut takes its connection along, and nothing else.
    requests: new Pool(origin, { ...options, allowH2: false, pipelining: 1 }),
    // A third of the memory and a sixth of the time to open, by many on one connection (docs/performance.md).
    watches: createWatchPool(
      () => new Pool(origin, { ...options, allowH2: true, h2Options: { maxConcurrentStreams: WATCHES_EACH } }),
    ),
  };
}

function tlsOptions(definition: ClusterDefinition, presented: PresentedCredential): Record<string, unknown> {
  const { tls } = definition;
  const cert = presented.certificate?.cert ?? tls.clientCertificate;
  const key = presented.certificate?.key ?? tls.clientKey;
  return {
    rejectUnauthorized: !tls.insecure,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(cert === null || key === null ? {} : { cert, key }),
    ...(tls.serverName === null ? {} : { servername: tls.serverName }),
  };
}

/** Not undici: it hides the answer of a server that refuses the upgrade, and kubectl needs to see it. */
function startUpgrade(
  definition: ClusterDefinition,
  presented: PresentedCredential,
  method: string,
  path: string,
  headers: readonly string[],
): ClientRequest {
  const { hostname, port, protocol, host } = definition.server;
  const secure = protocol === 'https:';
  // Said outright: a POST without a length would be sent in chunks, and the last one lie at the tunnel's beginning.
  const noBody = method === 'GET' ? [] : ['Content-Length', '0'];
  const options = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    method,
    path,
    headers: ['Host', host, ...noBody, ...headers],
    agent: false as const,
    timeout: UPGRADE_TIMEOUT_MS,
  };
  return secure ? requestHttps({ ...options, ...tlsOptions(definition, presented) }) : requestHttp(options);
}
