import type { Tier } from './tier.ts';

/** How far the local cluster is, for people. */
export interface LocalClusterProgress {
  readonly stage: string;
  /** From 0 to 1, of everything that is still to be done until the cluster is ready. */
  readonly fraction: number;
  readonly elapsedMs: number;
  /** An estimate. */
  readonly remainingMs: number | null;
}

/** What the local cluster does now. */
export interface LocalClusterStatus {
  readonly state: 'building' | 'starting' | 'ready' | 'failed';
  readonly tier: Tier;
  /** What somebody should know: which packages are being installed, what is missing, why it failed. */
  readonly message: string | null;
  readonly progress: LocalClusterProgress | null;
  /** Of Kubernetes, as the API server says it; null until ready. */
  readonly version: string | null;
  /** The administrator's kubeconfig; null unless ready. */
  readonly kubeconfigPath: string | null;
  /** The kubectl that was built with the cluster; null until then. */
  readonly kubectlPath: string | null;
}
