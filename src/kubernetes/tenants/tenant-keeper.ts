import type { Logger } from 'pino';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Tenant } from '../../core/tenant.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { createOwnApi } from '../clusters/own-api.ts';
import { keepCluster } from './keep-cluster.ts';
import type { TenantState } from './keep-cluster.ts';

export interface TenantKeeperPorts {
  /** The portal's. */
  readonly clock: Clock;
  /** The machine's, in which requests to a cluster take their time. */
  readonly machine: Clock;
  readonly log: Logger;
  /** A name for this portal, the same for all its replicas: a label's value. */
  readonly portalId: string;
  /** Something was changed in a cluster. @param sentence for people */
  did(clusterId: string, sentence: string): void;
  /** All tenants, from the store: what is stored decides what is taken away. */
  listTenants(): Promise<readonly Tenant[]>;
  /** The cluster, while it could answer. */
  findCluster(id: string): Cluster | undefined;
}

/** Keeps the role bindings of tenants in step with the tenants. Any number of replicas may do so at once. */
export interface TenantKeeper {
  /** Looks now: at the start, and whenever tenants or clusters have changed. */
  look(): void;
  stateOf(tenantId: string): TenantState;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 60_000;
const UNSEEN: TenantState = { state: 'pending', sentence: 'Curfew is about to look at its namespace.' };

export function createTenantKeeper(ports: TenantKeeperPorts): TenantKeeper {
  const { clock, machine, log, portalId, listTenants } = ports;
  const states = new Map<string, TenantState>();
  /** Clusters in which there may be something of ours, with what is under way there. */
  const clusters = new Map<string, Promise<void> | null>();
  const lookAgainAt = new Set<string>();
  let looking: Promise<void> = Promise.resolve();
  let timer: Timer | null = null;
  let isStopped = false;

  const note = (tenant: Tenant, state: TenantState): void => {
    if (states.get(tenant.id)?.sentence !== state.sentence) {
      log.info({ tenant: tenant.name, cluster: tenant.clusterId, ...state }, 'the namespace of a tenant');
    }
    states.set(tenant.id, state);
  };
  const keep = async (clusterId: string): Promise<void> => {
    let tenants: readonly Tenant[] = [];
    const readTenants = async (): Promise<readonly Tenant[]> => {
      const all = await listTenants();
      tenants = all.filter((tenant) => tenant.clusterId === clusterId);
      return all;
    };
    const noteAll = (state: TenantState): void => {
      for (const tenant of tenants) note(tenant, state);
    };
    const cluster = ports.findCluster(clusterId);
    if (cluster === undefined) {
      await readTenants();
      return noteAll({ state: 'pending', sentence: `The cluster ${clusterId} is not there.` });
    }
    try {
      const { states: kept, isClean } = await keepCluster({
        ...{ api: createOwnApi(cluster, machine), portalId, clusterId, listTenants: readTenants },
        did: (sentence) => ports.did(clusterId, sentence),
        failed: (error) => log.warn({ err: error, cluster: clusterId }, 'the role binding of a former tenant is left'),
      });
      for (const tenant of tenants) note(tenant, kept.get(tenant.id) ?? UNSEEN);
      if (tenants.length === 0 && isClean) clusters.delete(clusterId);
    } catch (error) {
      noteAll({
        state: 'failed',
        sentence: 'What the cluster answers cannot be understood: see the log of the portal.',
      });
      throw error;
    }
  };
  const lookAt = (clusterId: string): void => {
    if (clusters.get(clusterId) instanceof Promise) return void lookAgainAt.add(clusterId);
    const keeping = keep(clusterId)
      .catch((error: unknown) =>
        log.warn({ err: error, cluster: clusterId }, 'keeping role bindings of tenants failed'),
      )
      .finally(() => {
        if (clusters.has(clusterId)) clusters.set(clusterId, null);
        if (lookAgainAt.delete(clusterId) && !isStopped) lookAt(clusterId);
      });
    clusters.set(clusterId, keeping);
  };
  const lookEverywhere = async (): Promise<void> => {
    const tenants = await listTenants();
    if (isStopped) return;
    for (const id of [...states.keys()]) if (!tenants.some((tenant) => tenant.id === id)) states.delete(id);
    for (const id of new Set([...clusters.keys(), ...tenants.map(({ clusterId }) => clusterId)])) lookAt(id);
  };
  const look = (): void => {
    timer?.dispose();
    if (isStopped) return;
    timer = clock.setTimer(clock.now() + LOOK_EVERY_MS, look);
    looking = Promise.all([looking, lookEverywhere()]).then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, 'the tenants could not be read'),
    );
  };

  return {
    look,
    stateOf: (tenantId) => states.get(tenantId) ?? UNSEEN,
    async stop() {
      isStopped = true;
      timer?.dispose();
      await looking;
      await Promise.all([...clusters.values()].filter((each) => each !== null));
    },
  };
}
