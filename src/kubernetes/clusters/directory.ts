import type { Logger } from 'pino';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Cluster, ClusterDefinition, ClusterEntry, ClusterHealth, ClusterSource } from './cluster.ts';
import { assignIds } from './cluster-id.ts';
import { openCluster } from './connection.ts';
import type { OpenCluster } from './connection.ts';
import { checkHealth } from './health.ts';

const HEALTH_INTERVAL_MS = 15_000;

/** Every cluster that this portal knows. */
export interface ClusterDirectory {
  list(): ClusterEntry[];
  /** The cluster of an id; undefined where there is none, or none of use. */
  find(id: string): Cluster | undefined;
  /**
   * Adds a cluster later, or replaces one of the same source and name (the local cluster after a restart). Its health
   * is checked at once.
   *
   * @returns its id
   */
  put(definition: ClusterDefinition): string;
  /** Checks one cluster now, e.g. because somebody looks at the page. */
  check(id: string): Promise<ClusterHealth | null>;
  /** Ends the checks and every connection. */
  stop(): Promise<void>;
}

interface Known {
  readonly id: string;
  readonly name: string;
  readonly source: ClusterSource;
  readonly open: OpenCluster | null;
  health: ClusterHealth;
}

const UNCHECKED: ClusterHealth = { state: 'starting', version: null, message: null, checkedAt: null };

/**
 * @param start what the kubeconfig and the service account gave; `unusable` are listed as `failed`, so that whoever
 *   looks for one finds out why it is not there
 */
export function createClusterDirectory(
  start: {
    readonly clusters: readonly ClusterDefinition[];
    readonly unusable?: readonly { readonly name: string; readonly message: string }[];
  },
  ports: { readonly clock: Clock; readonly log: Logger; readonly healthIntervalMs?: number },
): ClusterDirectory {
  const { clock, log } = ports;
  const intervalMs = ports.healthIntervalMs ?? HEALTH_INTERVAL_MS;
  const known = new Map<string, Known>();
  let timer: Timer | null = null;
  let stopped = false;

  const add = (id: string, definition: ClusterDefinition): void => {
    const open = openCluster(id, definition, clock, (stderr) => {
      log.warn({ cluster: id, stderr }, 'the credential plugin failed');
    });
    known.set(id, { id, name: definition.name, source: definition.source, open, health: UNCHECKED });
  };
  const check = async (id: string): Promise<ClusterHealth | null> => {
    const cluster = known.get(id);
    if (cluster === undefined) return null;
    if (cluster.open === null) return cluster.health;
    const before = cluster.health.state;
    cluster.health = await checkHealth(cluster.open, clock);
    const { state, message, version } = cluster.health;
    if (state !== before && !stopped) log.info({ cluster: id, state, message, version }, 'cluster health changed');
    return cluster.health;
  };
  const checkAll = async (): Promise<void> => {
    await Promise.all([...known.keys()].map((id) => check(id)));
    if (!stopped) timer = clock.setTimer(clock.now() + intervalMs, startCheckAll);
  };
  const startCheckAll = (): void => {
    checkAll().catch((error: unknown) => {
      log.error({ err: error }, 'checking the health of clusters failed');
    });
  };

  const unusable = start.unusable ?? [];
  const ids = assignIds([...start.clusters, ...unusable].map(({ name }) => name));
  start.clusters.forEach((definition, index) => {
    add(ids[index] ?? '', definition);
  });
  unusable.forEach(({ name, message }, index) => {
    const id = ids[start.clusters.length + index] ?? '';
    const health: ClusterHealth = { state: 'failed', version: null, message, checkedAt: null };
    known.set(id, { id, name, source: 'kubeconfig', open: null, health });
  });
  startCheckAll();

  return {
    list: () => [...known.values()].map(({ id, name, source, health }) => ({ id, name, source, health })),
    find: (id) => known.get(id)?.open ?? undefined,
    put(definition) {
      const { name, source } = definition;
      const before = [...known.values()].find((each) => each.name === name && each.source === source);
      const id = before?.id ?? freeId(known, name);
      void before?.open?.close();
      add(id, definition);
      check(id).catch((error: unknown) => {
        log.error({ err: error, cluster: id }, 'checking the health of a cluster failed');
      });
      return id;
    },
    check,
    async stop() {
      stopped = true;
      timer?.dispose();
      const open = [...known.values()].flatMap((each) => each.open ?? []);
      await Promise.all(open.map((cluster) => cluster.close()));
    },
  };
}

/** The id of a name that joins later: those that are there keep theirs. */
function freeId(known: ReadonlyMap<string, unknown>, name: string): string {
  const [id = ''] = assignIds([name]);
  if (!known.has(id)) return id;
  // As if two names shared the slug: both `name` and a twin of it that is not its own slug.
  const [suffixed = ''] = assignIds([`${name} `, `${name}  `]);
  return suffixed;
}
