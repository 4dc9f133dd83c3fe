import type { LocalClusterStatus } from '../kubernetes/local-cluster/local-cluster.ts';
import type { Clusters } from './clusters.ts';

/** Prints what the local cluster does: a line for each new stage, and on a terminal one that moves. */
export function showLocalCluster(clusters: Clusters, print: (line: string) => void): void {
  if (!clusters.hasLocal) return;
  let last = '';
  clusters.onLocalStatus((status) => {
    const line = describeStatus(status, process.stdout.isTTY);
    if (line === last) return;
    last = line;
    print(line);
  });
}

function describeStatus({ state, tier, message, progress }: LocalClusterStatus, precise: boolean): string {
  if (state === 'ready') return `Local cluster (${tier} tier): ready.${message === null ? '' : ` ${message}`}`;
  if (state === 'failed') return `Local cluster (${tier} tier): failed. ${message ?? ''}`;
  if (progress === null) return `Local cluster (${tier} tier): ${message ?? state}`;
  const percent = Math.floor(progress.fraction * (precise ? 100 : 10)) * (precise ? 1 : 10);
  const left = progress.remainingMs === null ? '' : `, about ${Math.ceil(progress.remainingMs / 60_000)} min left`;
  return `Local cluster (${tier} tier): ${progress.stage} ${percent} %${left}${message === null ? '' : `. ${message}`}`;
}
