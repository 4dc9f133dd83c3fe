import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock, Timer } from '../../core/clock.ts';
import { BUILD_STAGES, areBinariesBuilt, ensureBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { ensureCertificates } from './certificates.ts';
import { layOut, writeKubeconfigs } from './cluster-layout.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { loadState, localClusterExists, markMade } from './cluster-state.ts';
import { stopLeftovers } from './component.ts';
import { takeLock } from './exclusive-lock.ts';
import type { LocalClusterStatus } from './local-cluster-status.ts';
import { clearMachine, prepareMachine } from './node-machine.ts';
import { findNodeObstacle, machineTrials } from './node-probe.ts';
import { openProcessLedger } from './process-ledger.ts';
import { createProgress } from './progress.ts';
import type { Stage } from './progress.ts';
import { requireForData } from './requirements.ts';
import { RunningCluster } from './running-cluster.ts';
import type { Tier } from './tier.ts';

export { localClusterExists } from './cluster-state.ts';
export type { LocalClusterStatus } from './local-cluster-status.ts';

const START_STAGE: Stage = { name: 'start', label: 'Starting Kubernetes', typicalMs: 15_000 };
const TELL_EVERY_MS = 1000;
const MOST_RESTARTS = 3;

export interface LocalClusterOptions {
  /** Where it is built; may be deleted while it is stopped. */
  readonly cacheDir: string;
  /** Where it lives: etcd's data, certificates, images. */
  readonly stateDir: string;
  /** `auto`: a node where root can make one, else the API alone. */
  readonly tier: Tier | 'auto';
  readonly clock: Clock;
  readonly log: Logger;
  /** Called at every change, and each second while something is under way. */
  onStatus(status: LocalClusterStatus): void;
}

/**
 * A real Kubernetes on this machine, from Debian's sources. Its node has one image for workloads, `localhost/tools:1`
 * (busybox, bash, kubectl), to be used with `imagePullPolicy: Never`: there is no registry.
 */
export interface LocalCluster {
  status(): LocalClusterStatus;
  /** Builds it where needed and starts it. Never throws what the status tells. */
  start(): Promise<void>;
  /** Stops it, wherever it is, and leaves nothing on the machine but its data. */
  stop(): Promise<void>;
}

export function createLocalCluster(options: LocalClusterOptions): LocalCluster {
  const { stateDir, cacheDir, clock, log } = options;
  const abort = new AbortController();
  let status: LocalClusterStatus = {
    state: 'building',
    tier: options.tier === 'api' ? 'api' : 'node',
    message: null,
    progress: null,
    version: null,
    kubeconfigPath: null,
    kubectlPath: null,
  };
  let running: RunningCluster | null = null;
  let starting: Promise<void> = Promise.resolve();
  let restarts = 0;

  const tell = (change: Partial<LocalClusterStatus>): void => {
    status = { ...status, ...change };
    options.onStatus(status);
  };

  async function bringUp(): Promise<void> {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const { tier, note } = await chooseTier(options.tier, stateDir);
    const ledger = openProcessLedger(join(stateDir, 'processes.json'));
    const isBuilt = areBinariesBuilt(cacheDir);
    const progress = createProgress([...(isBuilt ? [] : BUILD_STAGES), START_STAGE], () => clock.now());
    tell({ state: isBuilt ? 'starting' : 'building', tier, message: note, progress: progress.snapshot() });
    const ticker = tick(clock, () => tell({ progress: progress.snapshot() }));
    try {
      if (!localClusterExists(stateDir)) await requireForData(stateDir, tier);
      const leftovers = await stopLeftovers(ledger, clock);
      if (leftovers.length > 0) log.warn({ leftovers }, 'stopped what a killed run had left');
      const binaries = await ensureBinaries(cacheDir, tier, {
        clock,
        log,
        ledger,
        signal: abort.signal,
        enter(stage, message) {
          // A machine that is built may still miss a package.
          if (!isBuilt) progress.enter(stage);
          tell({ message: message ?? note, progress: progress.snapshot() });
        },
        advance: progress.advance,
      });
      progress.enter('start');
      tell({ state: 'starting', message: note, kubectlPath: join(binaries.bin, 'kubectl') });
      const layout = await prepare(binaries, tier);
      const cluster = new RunningCluster(layout, {
        clock,
        ledger,
        signal: abort.signal,
        advance: progress.advance,
        died: recover,
      });
      running = cluster;
      const version = await cluster.start();
      markMade(stateDir);
      ticker.dispose();
      tell({ state: 'ready', message: note, progress: null, version, kubeconfigPath: layout.adminKubeconfig });
    } finally {
      ticker.dispose();
    }
  }

  async function prepare(binaries: Binaries, tier: Tier): Promise<ClusterLayout> {
    // Of two clusters that start together, the second sees which subnet the first has taken.
    const release =
      tier === 'node'
        ? await takeLock(join(cacheDir, 'subnets.lock'), { clock, signal: abort.signal })
        : () => undefined;
    try {
      const layout = layOut(stateDir, binaries, tier, await loadState(stateDir));
      if (tier === 'node') await clearMachine(layout, clock);
      await ensureCertificates(layout.pki, layout.network.nodeAddress, clock);
      writeKubeconfigs(layout);
      if (tier === 'node') await prepareMachine(layout);
      return layout;
    } finally {
      release();
    }
  }

  async function bringUpOrTell(): Promise<void> {
    try {
      await bringUp();
    } catch (error) {
      if (abort.signal.aborted) return;
      log.error({ err: error }, 'the local cluster could not be started');
      await running?.stop();
      tell({ state: 'failed', message: (error as Error).message, progress: null });
    }
  }

  /** A part ended by itself: everything is started anew, a few times. */
  function recover(message: string): void {
    log.error({ restarts }, message);
    tell({ state: 'failed', message, progress: null, kubeconfigPath: null });
    if (abort.signal.aborted || restarts >= MOST_RESTARTS) return;
    restarts++;
    starting = starting.then(async () => {
      await running?.stop();
      await bringUpOrTell();
    });
  }

  return {
    status: () => status,
    start() {
      starting = bringUpOrTell();
      return starting;
    },
    async stop() {
      abort.abort(new Error('the local cluster is being stopped'));
      await starting;
      await running?.stop();
      running = null;
    },
  };
}

/** Which tier it is, and for one without a node, what somebody should know of that. */
async function chooseTier(wanted: Tier | 'auto', stateDir: string): Promise<{ tier: Tier; note: string | null }> {
  if (wanted === 'node') return { tier: 'node', note: null };
  const obstacle = wanted === 'api' ? 'none was asked for.' : await findNodeObstacle(machineTrials(stateDir));
  if (obstacle === null) return { tier: 'node', note: null };
  return { tier: 'api', note: `It has no node, so pods stay pending: ${obstacle}` };
}

function tick(clock: Clock, run: () => void): Timer {
  let timer: Timer;
  const next = (): void => {
    timer = clock.setTimer(clock.now() + TELL_EVERY_MS, () => {
      run();
      next();
    });
  };
  next();
  return { dispose: () => timer.dispose() };
}
