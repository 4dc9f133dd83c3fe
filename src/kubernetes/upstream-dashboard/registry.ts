import type { AuditEvent, AuditRecord } from '../../core/audit-record.ts';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import {
  HOSTNAME_RULE,
  UPSTREAM_NAME_PATTERN,
  UPSTREAM_NAME_RULE,
  UPSTREAM_RULE,
  isHostname,
} from '../../core/upstream-dashboard.ts';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import type { UpstreamDashboardStore } from '../../identity/ports.ts';
import type { Actor } from '../../identity/users.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import { SharedReading } from '../../sessions/shared-reading.ts';
import { newId } from '../../sessions/token.ts';

export interface RegistryPorts {
  readonly store: UpstreamDashboardStore;
  readonly clock: Clock;
  isCluster(id: string): boolean;
  /** Whether the portal itself answers under a hostname. */
  isPortal(hostname: string): boolean;
  /** The same of a host and its port. */
  isPortalHost(host: string): boolean;
  readonly addresses: AllowedAddresses;
  /** It is no longer registered: what is open there ends. */
  gone(dashboard: UpstreamDashboard): void;
}

export type NewUpstreamDashboard = Omit<UpstreamDashboard, 'id' | 'createdAt'>;

const OWN_HOSTNAME = 'This is the portal’s own hostname. A dashboard needs another one: cookies ignore ports.';
const LOCAL_UPSTREAM =
  'This is an address of the portal’s machine, its links, or a cloud’s metadata. Where a dashboard runs there, start the portal with --dashboard-networks.';
const MOST_PORT = 65_535;

/** The dashboards that administrators registered. */
export class UpstreamDashboards {
  readonly #ports: RegistryPorts;
  #byId: ReadonlyMap<string, UpstreamDashboard> = new Map();
  #byHostname: ReadonlyMap<string, UpstreamDashboard> = new Map();
  readonly #loads = new SharedReading(async () => {
    const before = this.#byId;
    const all = await this.#ports.store.listUpstreamDashboards();
    this.#byId = new Map(all.map((each) => [each.id, each]));
    // The portal may have been given the hostname since: it comes first.
    const served = all.filter(({ hostname }) => !this.#ports.isPortal(hostname));
    this.#byHostname = new Map(served.map((each) => [each.hostname, each]));
    for (const each of before.values()) if (!this.#byId.has(each.id)) this.#ports.gone(each);
  });

  constructor(ports: RegistryPorts) {
    this.#ports = ports;
  }

  /** Reads them, also when another replica changed them. */
  load(): Promise<void> {
    return this.#loads.run();
  }

  /** By hostname. */
  list(): UpstreamDashboard[] {
    return [...this.#byId.values()];
  }

  find(id: string): UpstreamDashboard | undefined {
    return this.#byId.get(id);
  }

  /** @param host a `Host` header */
  ofHost(host: string | undefined): UpstreamDashboard | undefined {
    if (this.#byHostname.size === 0 || host === undefined) return undefined;
    const [, hostname = '', port = '0'] = /^([^:]*)(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
    return Number(port) <= MOST_PORT ? this.#byHostname.get(hostname) : undefined;
  }

  /** @throws PortalError `invalid-request`, `conflict` */
  async register(input: NewUpstreamDashboard, by: Actor): Promise<UpstreamDashboard> {
    const { store, clock, isCluster, isPortal } = this.#ports;
    const { clusterId, name, hostname } = input;
    const upstream = upstreamOrigin(input.upstream);
    if (!isCluster(clusterId)) throw invalid('cluster', 'There is no such cluster.');
    if (!UPSTREAM_NAME_PATTERN.test(name)) throw invalid('name', UPSTREAM_NAME_RULE);
    if (isPortal(hostname)) throw invalid('hostname', OWN_HOSTNAME);
    if (!isHostname(hostname)) throw invalid('hostname', HOSTNAME_RULE);
    if (upstream === null) throw invalid('upstream', UPSTREAM_RULE);
    this.#requireUsable(upstream, input.passesCredential);
    if (this.list().some((each) => each.clusterId === clusterId && each.name === name))
      throw new PortalError('conflict', `${clusterId} has a dashboard called ${name} already.`, { field: 'name' });
    const dashboard = { ...input, upstream, id: newId('ud'), createdAt: clock.now() };
    const sentence = `${name} at ${upstream} was registered as a dashboard of ${clusterId}, on ${hostname}.`;
    const isStored = await store.insertUpstreamDashboard(
      dashboard,
      this.#record('dashboard.registered', by, dashboard, sentence),
    );
    if (!isStored)
      throw new PortalError('conflict', `${hostname} is the hostname of another dashboard.`, { field: 'hostname' });
    await this.load();
    return dashboard;
  }

  /** What is open there ends. @throws PortalError `not-found` */
  async remove(id: string, by: Actor): Promise<void> {
    const dashboard = this.find(id);
    if (dashboard === undefined) throw noSuchDashboard();
    const sentence = `The dashboard ${dashboard.name} (${dashboard.hostname}) was removed.`;
    const record = this.#record('dashboard.removed', by, dashboard, sentence);
    const isRemoved = await this.#ports.store.deleteUpstreamDashboard(id, record);
    await this.load();
    if (!isRemoved) throw noSuchDashboard();
  }

  /** What would be refused at the first connection is said at once. @throws PortalError `invalid-request` */
  #requireUsable(upstream: string, passesCredential: boolean): void {
    const { addresses, isPortalHost } = this.#ports;
    const { host, hostname, protocol } = new URL(upstream);
    if (isPortalHost(host)) throw invalid('upstream', 'This is the portal itself.');
    try {
      addresses.requireAllowed(hostname);
    } catch {
      throw invalid('upstream', LOCAL_UPSTREAM);
    }
    if (passesCredential && protocol !== 'https:' && !addresses.isExcepted(hostname))
      throw invalid('upstream', 'A credential is passed on over https only, or to this machine.');
  }

  #record(event: AuditEvent, by: Actor, { hostname }: UpstreamDashboard, sentence: string): AuditRecord {
    return { at: this.#ports.clock.now(), event, actor: by.username, subject: hostname, address: by.address, sentence };
  }
}

function invalid(field: string, message: string): PortalError {
  return new PortalError('invalid-request', message, { field });
}

function noSuchDashboard(): PortalError {
  return new PortalError('not-found', 'There is no such dashboard.');
}

/** @returns the origin of a URL that has nothing else; null for any other text */
function upstreamOrigin(text: string): string | null {
  if (!/^https?:\/\/[^\s/?#@\\]+\/?$/i.test(text) || !URL.canParse(text)) return null;
  const { origin, pathname, username } = new URL(text);
  return pathname === '/' && username === '' ? origin : null;
}
