import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Logger } from 'pino';
import { ConfigError } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import type { Clock } from '../core/clock.ts';
import type { ClusterSummary, ClustersPort } from '../http/ports.ts';
import type { Cluster } from '../kubernetes/clusters/cluster.ts';
import { createClusterDirectory } from '../kubernetes/clusters/directory.ts';
import { inClusterDefinition } from '../kubernetes/clusters/in-cluster.ts';
import { kubeconfigPaths, loadKubeconfig } from '../kubernetes/clusters/load-kubeconfig.ts';
import { createLocalCluster, localClusterExists } from '../kubernetes/local-cluster/local-cluster.ts';
import type { LocalClusterStatus } from '../kubernetes/local-cluster/local-cluster.ts';

const LOCAL_NAME = 'local';

/** Every cluster of the portal: those of kubeconfigs, the one it runs in, and the local one. */
export interface Clusters extends ClustersPort {
  /** The cluster to connect to; undefined while there is none of that id that could answer. */
  connectable(id: string): Cluster | undefined;
  kubectlPath(): string | null;
  /** Starts the local cluster in the background, where one is wanted. */
  start(): void;
  /** Calls back with what the local cluster does, until the portal stops. */
  onLocalStatus(listener: (status: LocalClusterStatus) => void): void;
  readonly hasLocal: boolean;
  /** Why kubeconfigs could not be read, a sentence for each. */
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

/** @throws ConfigError for a kubeconfig that is asked for and cannot be used */
export function createClusters(config: Config, clock: Clock, log: Logger): Clusters {
  const loaded = loadKubeconfig(configuredPaths(config) ?? kubeconfigPaths(process.env));
  const problems = loaded.problems.map(({ message }) => message);
  if (config.kubeconfig !== null && problems.length > 0) throw new ConfigError(problems.join('\n'));
  const inCluster = inClusterDefinition(process.env);
  const clusters = [...loaded.clusters, ...(inCluster === null ? [] : [inCluster])];
  // What cannot be read is listed as a cluster that failed: nobody is granted it, and administrators see why.
  const unusable = [...loaded.unusable, ...loaded.problems.map(({ path, message }) => ({ name: path, message }))];
  const directory = createClusterDirectory({ clusters, unusable }, { clock, log });

  const stateDir = join(config.dataDir, 'local-cluster');
  // Whoever has a kubeconfig, though a broken one, did not ask for a cluster to be built.
  const isWanted = clusters.length === 0 && problems.length === 0;
  const hasLocal = config.localCluster && (isWanted || localClusterExists(stateDir));
  const listeners: ((status: LocalClusterStatus) => void)[] = [];
  let localId: string | null = null;
  const local = hasLocal
    ? createLocalCluster({
        cacheDir: config.cacheDir,
        stateDir,
        tier: 'auto',
        clock,
        log,
        onStatus(status) {
          if (status.state === 'ready' && status.kubeconfigPath !== null) localId = putLocal(status.kubeconfigPath);
          for (const listener of listeners) listener(status);
        },
      })
    : null;

  function putLocal(kubeconfigPath: string): string | null {
    const [definition] = loadKubeconfig([kubeconfigPath]).clusters;
    return definition === undefined ? null : directory.put({ ...definition, name: LOCAL_NAME, source: 'local' });
  }

  function list(): ClusterSummary[] {
    const entries = directory
      .list()
      .map(({ id, name, source, health }) => ({ id, name, source, ...health, progress: null }));
    if (local === null) return entries;
    const summary = localSummary(
      local.status(),
      entries.find(({ id }) => id === localId),
    );
    return [...entries.filter(({ id }) => id !== localId), summary];
  }

  return {
    list,
    find: (id) => list().find((cluster) => cluster.id === id),
    connectable: (id) => directory.find(id),
    kubectlPath: () => findInPath('kubectl') ?? local?.status().kubectlPath ?? null,
    start: () => void local?.start().catch((error: unknown) => log.error({ err: error }, 'the local cluster failed')),
    onLocalStatus: (listener) => void listeners.push(listener),
    hasLocal,
    problems,
    async stop() {
      await directory.stop();
      await local?.stop();
    },
  };
}

/** @throws ConfigError for a file that is not there: kubectl passes over those of KUBECONFIG, one that is asked for counts */
function configuredPaths({ kubeconfig }: Config): string[] | null {
  if (kubeconfig === null) return null;
  const paths = kubeconfig.split(delimiter).filter((path) => path !== '');
  const missing = paths.find((path) => !existsSync(path));
  if (missing === undefined) return paths;
  throw new ConfigError(`There is no kubeconfig ${missing}. Give --kubeconfig a file that is there.`);
}

/** The local cluster as lists show it: by its own progress until it is up, by its health from then on. */
function localSummary(status: LocalClusterStatus, entry: ClusterSummary | undefined): ClusterSummary {
  const { state, message, progress, version } = status;
  const base: ClusterSummary = entry ?? {
    id: LOCAL_NAME,
    name: LOCAL_NAME,
    source: 'local',
    state,
    version,
    message: null,
    checkedAt: null,
    progress: null,
  };
  if (state === 'ready' && entry !== undefined) return { ...base, message: base.message ?? message };
  return { ...base, state, message, progress };
}

function findInPath(command: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? null;
}
