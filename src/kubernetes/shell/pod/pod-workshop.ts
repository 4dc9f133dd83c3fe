import type { Timer } from '../../../core/clock.ts';
import { PortalError } from '../../../core/portal-error.ts';
import type { Cluster } from '../../clusters/cluster.ts';
import { ApiError } from '../../clusters/own-api.ts';
import type { ShellWorkshop } from '../shell-workshop.ts';
import { createPodApi } from './pod-api.ts';
import type { PodApi } from './pod-api.ts';
import { probePods } from './pod-probe.ts';
import { startPodSandbox } from './pod-sandbox.ts';
import type { PodParts } from './pod-sandbox.ts';
import { isLeftover } from './pod-start.ts';

interface PodWorkshopPorts extends Omit<PodParts, 'api'> {
  /** The cluster, while it could answer. */
  findCluster(id: string): Cluster | undefined;
}

const SWEEP_EVERY_MS = 30_000;
const PROBE_AGAIN_MS = 10_000;

/**
 * Sandboxes that are pods, one for each shell. It tries one out in the background, again and again until that works, and
 * then removes what portals left that are no more, every half minute.
 */
export function openPodWorkshop(ports: PodWorkshopPorts): ShellWorkshop {
  const { clock, log, settings } = ports;
  const { clusterId, namespace } = settings;
  let missing: readonly string[] = ['A pod for shells is being tried out. Try again in a moment.'];
  let timer: Timer | null = null;
  let isClosed = false;
  let looking: Promise<void> = Promise.resolve();

  const partsOf = (cluster: Cluster): PodParts => ({ ...ports, api: createPodApi(cluster, namespace, clock) });
  const probe = async (): Promise<readonly string[]> => {
    const cluster = ports.findCluster(clusterId);
    if (cluster === undefined) return [describeNoCluster(clusterId)];
    return probePods(partsOf(cluster), () => !isClosed);
  };
  const sweep = async (): Promise<void> => {
    const cluster = ports.findCluster(clusterId);
    if (cluster === undefined) return;
    const { api } = partsOf(cluster);
    const removed = await removeLeftovers(api, clock.now());
    if (removed.length > 0) log.warn({ pods: removed }, 'removed pods of shells whose portal is gone');
  };
  const look = async (): Promise<void> => {
    const before = missing;
    if (missing.length > 0) missing = await probe();
    if (missing.length === 0) await sweep();
    if (missing.join() !== before.join()) log.info({ missing, cluster: clusterId, namespace }, 'shells in pods');
  };
  const lookAgain = (): void => {
    looking = look()
      .catch((error: unknown) => log.warn({ err: error }, 'looking after the pods of shells failed'))
      .finally(() => {
        const inMs = missing.length > 0 ? PROBE_AGAIN_MS : SWEEP_EVERY_MS;
        if (!isClosed) timer = clock.setTimer(clock.now() + inMs, lookAgain);
      });
  };
  lookAgain();

  return {
    missing: () => missing,
    async start(request) {
      const cluster = ports.findCluster(clusterId);
      if (cluster === undefined) throw new PortalError('shell-unavailable', describeNoCluster(clusterId));
      return startPodSandbox(partsOf(cluster), request).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        throw new PortalError('shell-unavailable', `The cluster ${clusterId} made no pod: ${error.message}.`);
      });
    },
    async close() {
      isClosed = true;
      timer?.dispose();
      await looking;
    },
  };
}

async function removeLeftovers(api: PodApi, now: number): Promise<string[]> {
  const leftovers = (await api.list()).filter((pod) => isLeftover(pod, now)).map(({ metadata }) => metadata.name);
  await Promise.all(leftovers.map((name) => api.delete(name)));
  return leftovers;
}

function describeNoCluster(clusterId: string): string {
  return (
    `Shells are to run as pods in the cluster ${clusterId}, which is not there. ` +
    'Run Curfew in it with a service account, or name another one with --shell-pod-cluster.'
  );
}
