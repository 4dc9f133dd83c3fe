import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { Session } from '../core/session.ts';
import {
  NAMESPACE_RULE,
  TENANT_NAME_PATTERN,
  TENANT_NAME_RULE,
  isTenantNamespace,
  namespaceOf,
  tenantEntry,
} from '../core/tenant.ts';
import type { Tenant, TenantAccess, TenantEntry } from '../core/tenant.ts';
import type { User } from '../core/user.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { SharedReading } from '../sessions/shared-reading.ts';
import { endLostSessions } from './end-lost-sessions.ts';
import type { IsLost } from './end-lost-sessions.ts';
import type { Entrant, TenantStore } from './ports.ts';
import type { Actor, Users } from './users.ts';

export interface TenantsPorts {
  readonly store: TenantStore;
  readonly users: Pick<Users, 'mayReach'>;
  readonly sessions: Sessions;
  readonly clock: Clock;
  isCluster(id: string): boolean;
  /** Whether a namespace is Curfew's own, which is nobody's tenant: whoever is in it gets at Curfew's credential, or at others' shells. */
  isReserved(namespace: string): boolean;
  /** There are other tenants than before. */
  changed(): void;
}

export interface NewTenant {
  readonly name: string;
  readonly clusterId: string;
  /** `duploservices-<name>` unless told otherwise. */
  readonly namespace?: string | undefined;
  readonly bindings: Tenant['bindings'];
}

/** A tenant that somebody may enter. */
export interface EnterableTenant {
  readonly tenant: Tenant;
  readonly readOnly: boolean;
}

const NO_ACCESS: readonly TenantAccess[] = [];
const keyOf = ({ tenantId, userId }: Pick<TenantAccess, 'tenantId' | 'userId'>) => `${tenantId} ${userId}`;

/** Tenants and who may enter them. Whatever takes access away or narrows it ends the sessions that had it. */
export class Tenants {
  readonly #ports: TenantsPorts;
  /** All of them, by id, in the order of their names: asked for each request at the gateway, and few. */
  #tenants: ReadonlyMap<string, Tenant> = new Map();
  #access: ReadonlyMap<string, readonly TenantAccess[]> = new Map();
  #isLoaded = false;
  /** Whose access was found to be read-only where it had not been. */
  #narrowed = new Set<string>();
  readonly #loads = new SharedReading(async () => {
    const { store } = this.#ports;
    const [tenants, accesses] = await Promise.all([store.listTenants(), store.listTenantAccess()]);
    if (this.#isLoaded) for (const access of accesses) if (this.#isNarrower(access)) this.#narrowed.add(keyOf(access));
    this.#isLoaded = true;
    const before = JSON.stringify(this.list());
    this.#tenants = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.#access = Map.groupBy(accesses, ({ tenantId }) => tenantId);
    if (JSON.stringify(this.list()) !== before) this.#ports.changed();
  });

  constructor(ports: TenantsPorts) {
    this.#ports = ports;
  }

  /** Reads them. Readings that overlap follow each other, so that the newest one stands. */
  load(): Promise<void> {
    return this.#loads.run();
  }

  /** By name. */
  list(): Tenant[] {
    return [...this.#tenants.values()];
  }

  find(id: string): Tenant | undefined {
    return this.#tenants.get(id);
  }

  /** @throws PortalError `not-found` */
  require(id: string): Tenant {
    const tenant = this.find(id);
    if (tenant === undefined) throw noSuchTenant();
    return tenant;
  }

  /** What a user may do in a tenant; `none` where there is no such tenant. */
  entryOf(user: User, tenantId: string): TenantEntry {
    const tenant = this.find(tenantId);
    // The configuration may be another one than when it was made.
    if (tenant === undefined || this.#ports.isReserved(tenant.namespace)) return 'none';
    return tenantEntry(user, tenantId, this.#access.get(tenantId) ?? NO_ACCESS);
  }

  /** Whether a user may have a session there: of a tenant whoever may enter it, of a whole cluster whoever reaches that. */
  mayEnter(user: User, clusterId: string, tenantId: string | null): boolean {
    if (tenantId === null) return this.#ports.users.mayReach(user, clusterId);
    return this.find(tenantId)?.clusterId === clusterId && this.entryOf(user, tenantId) !== 'none';
  }

  /** The tenants that a user may enter, by name. */
  tenantsOf(user: User): EnterableTenant[] {
    return this.list().flatMap((tenant) => {
      const entry = this.entryOf(user, tenant.id);
      return entry === 'none' ? [] : [{ tenant, readOnly: entry === 'read-only' }];
    });
  }

  /** Who was given access to a tenant, by username. @throws PortalError `not-found` */
  async entrantsOf(id: string): Promise<Entrant[]> {
    return this.#ports.store.listEntrants(this.require(id).id);
  }

  /** How many users were given access to each tenant that has any. */
  countEntrants(): Promise<ReadonlyMap<string, number>> {
    return this.#ports.store.countEntrants();
  }

  /** What users were given, tenant by tenant; what administrators enter besides is not in it. */
  given(): { readonly tenant: Tenant; readonly access: readonly TenantAccess[] }[] {
    return this.list().map((tenant) => ({ tenant, access: this.#access.get(tenant.id) ?? NO_ACCESS }));
  }

  /** How many live sessions there are in each tenant, by user. */
  async countSessions(): Promise<Map<string, Map<string, number>>> {
    const counts = new Map<string, Map<string, number>>();
    for await (const { session, user } of this.#ports.sessions.stored.liveRows('kubernetes')) {
      if (session.tenantId === null || session.end !== null) continue;
      const ofUsers = counts.get(session.tenantId) ?? new Map<string, number>();
      counts.set(session.tenantId, ofUsers.set(user.id, (ofUsers.get(user.id) ?? 0) + 1));
    }
    return counts;
  }

  /** @throws PortalError `invalid-request`, `conflict` */
  async create(input: NewTenant, by: Actor): Promise<Tenant> {
    const { name, clusterId, bindings, namespace = namespaceOf(name) } = input;
    if (!TENANT_NAME_PATTERN.test(name)) throw invalid('name', TENANT_NAME_RULE);
    if (!isTenantNamespace(namespace)) throw invalid('namespace', NAMESPACE_RULE);
    if (this.#ports.isReserved(namespace)) throw invalid('namespace', `The namespace ${namespace} is Curfew’s own.`);
    if (!this.#ports.isCluster(clusterId)) throw invalid('cluster', 'There is no such cluster.');
    const createdAt = this.#ports.clock.now();
    const tenant: Tenant = { id: randomUUID(), name, clusterId, namespace, bindings, createdAt };
    const sentence = `The tenant ${name} (${tenant.id}) was created: the namespace ${namespace} of the cluster ${clusterId}.`;
    const outcome = await this.#ports.store.insertTenant(tenant, this.#record('tenant.created', by, name, sentence));
    await this.load();
    switch (outcome) {
      case 'stored':
        return tenant;
      case 'name-taken':
        throw new PortalError('conflict', `There is a tenant ${name} already.`, { field: 'name' });
      case 'namespace-taken':
        throw new PortalError('conflict', `The namespace ${namespace} of that cluster is another tenant’s.`, {
          field: 'namespace',
        });
    }
  }

  /** Deletes a tenant and ends the sessions in it. Its namespace stays as it is. @throws PortalError `not-found` */
  async remove(id: string, by: Actor): Promise<void> {
    const { name } = this.require(id);
    const record = this.#record('tenant.deleted', by, name, `The tenant ${name} (${id}) was deleted.`);
    const isDeleted = await this.#ports.store.deleteTenant(id, record);
    await this.#loadAndEnd(({ tenantId }) => tenantId === id, by);
    if (!isDeleted) throw noSuchTenant();
  }

  /** Lets a user enter a tenant. Where that narrows what the user could do, it ends those sessions. @throws PortalError `not-found` */
  async giveAccess(id: string, user: User, readOnly: boolean, by: Actor): Promise<void> {
    const { name } = this.require(id);
    const sentence = `${user.username} may enter the tenant ${name}${readOnly ? ', read-only' : ''}.`;
    const access = { tenantId: id, userId: user.id, readOnly };
    const record = this.#record('tenant-access.set', by, name, sentence);
    const outcome = await this.#ports.store.setTenantAccess(access, record);
    // Of an administrator too, who may enter without: what was given now is narrower.
    const isNarrower = outcome === 'set' && readOnly;
    const isTheirs: IsLost = (at, who) => at.tenantId === id && who.id === user.id;
    await (isNarrower ? this.#loadAndEnd(isTheirs, by) : this.load());
    if (outcome === 'no-tenant') throw noSuchTenant();
  }

  /** Takes access away and ends the sessions that had it. @throws PortalError `not-found` */
  async takeAccess(id: string, user: User, by: Actor): Promise<void> {
    const { name } = this.require(id);
    const sentence = `${user.username} may no longer enter the tenant ${name}.`;
    const record = this.#record('tenant-access.removed', by, name, sentence);
    await this.#ports.store.removeTenantAccess(id, user.id, record);
    const isWithout = (who: User): boolean => who.id === user.id && tenantEntry(who, id, NO_ACCESS) === 'none';
    await this.#loadAndEnd(({ tenantId }, who) => tenantId === id && isWithout(who), by);
  }

  /** Whose sessions in which tenants had more rights than their users have now, as readings since the last call showed. */
  takeNarrowed(): (session: Pick<Session, 'tenantId' | 'userId'>) => boolean {
    const narrowed = this.#narrowed;
    this.#narrowed = new Set();
    return ({ tenantId, userId }) => tenantId !== null && narrowed.has(keyOf({ tenantId, userId }));
  }

  /** Also where there was none: administrators enter without. */
  #isNarrower({ tenantId, userId, readOnly }: TenantAccess): boolean {
    const before = this.#access.get(tenantId)?.find((each) => each.userId === userId);
    return readOnly && before?.readOnly !== true;
  }

  /** After something was stored: the sessions end even where it cannot be read back. */
  async #loadAndEnd(isLost: IsLost, by: Actor): Promise<void> {
    try {
      await this.load();
    } finally {
      await endLostSessions(this.#ports.sessions, isLost, by.username);
    }
  }

  #record(event: AuditEvent, by: Actor, subject: string, sentence: string): AuditRecord {
    return { at: this.#ports.clock.now(), event, actor: by.username, subject, address: by.address, sentence };
  }
}

function invalid(field: string, message: string): PortalError {
  return new PortalError('invalid-request', message, { field });
}

function noSuchTenant(): PortalError {
  return new PortalError('not-found', 'There is no such tenant.');
}
