import type { Logger } from 'pino';
import type { Config } from '../config/load-config.ts';
import type { Clock } from '../core/clock.ts';
import type { Origins } from '../http/origin.ts';
import { UpstreamEntrance } from '../http/upstream-entrance.ts';
import { UpstreamHosts } from '../http/upstream-hosts.ts';
import type { Tenants } from '../identity/tenants.ts';
import { createClientRecords } from '../kubernetes/gateway/client-records.ts';
import { GATEWAY_LIMITS } from '../kubernetes/gateway/ports.ts';
import { AllowedAddresses } from '../kubernetes/upstream-dashboard/allowed-addresses.ts';
import { forgetForeignCookies } from '../kubernetes/upstream-dashboard/headers.ts';
import { UpstreamDashboards } from '../kubernetes/upstream-dashboard/registry.ts';
import { openUpstreamConnections } from '../kubernetes/upstream-dashboard/upstream-connection.ts';
import { UpstreamProxy } from '../kubernetes/upstream-dashboard/upstream-proxy.ts';
import type { KubernetesCredentials } from '../sessions/kubernetes-credentials.ts';
import { endedError } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Metrics } from '../system/metrics.ts';
import type { Drain } from './drain.ts';

interface Parts {
  readonly config: Pick<Config, 'dashboardNetworks'>;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly tenants: Tenants;
  readonly credentials: KubernetesCredentials;
  readonly origins: Origins;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  isCluster(id: string): boolean;
}

/** Dashboards of others' making, on hostnames of their own. Whoever creates it calls `stop`. */
export async function createUpstreamDashboards(parts: Parts) {
  const { store, sessions, tenants, credentials, origins, drain, metrics, clock, log, isCluster } = parts;
  const addresses = new AllowedAddresses(parts.config.dashboardNetworks);
  const connections = openUpstreamConnections(addresses);
  const proxy = new UpstreamProxy({
    ...{ clock, log, connections, records: createClientRecords(GATEWAY_LIMITS), admitStream: drain.admitStream },
    isRegistered: (id) => upstreamDashboards.find(id) !== undefined,
    async credentialOf({ kind, parent, clusterId, end }, { id, name }) {
      const portal = parent === null ? null : await sessions.find(parent.id);
      if (portal === null || clusterId === null) throw endedError(kind, end());
      // The same one again for the same session: as many requests as there are, it has one.
      const asker = {
        address: null,
        loginAddress: null,
        presented: id,
        did: `gave ${name} a credential for ${clusterId}`,
      };
      return (await credentials.give(portal, { clusterId, tenantId: null }, asker)).token;
    },
  });
  const upstreamDashboards: UpstreamDashboards = new UpstreamDashboards({
    ...{ store, clock, isCluster, addresses },
    isPortal: (hostname) => origins.hasName(hostname),
    isPortalHost: (host) => origins.hasHost(host),
    gone: (dashboard) => proxy.dropAll(dashboard),
  });
  await upstreamDashboards.load();
  const upstreamEntrance = new UpstreamEntrance({ sessions, clock });
  const upstreamHosts = new UpstreamHosts(
    {
      ...{ log, dashboards: upstreamDashboards, entrance: upstreamEntrance, proxy, forgetForeignCookies },
      mayEnter: tenants.mayEnter.bind(tenants),
      countRefusal: metrics.countRefusal,
    },
    origins,
  );
  const agreeToEnter = upstreamEntrance.agree.bind(upstreamEntrance);
  return { ports: { upstreamDashboards, agreeToEnter, upstreamHosts }, stop: connections.close };
}
