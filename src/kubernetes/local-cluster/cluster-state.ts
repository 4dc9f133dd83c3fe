import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommand } from './command.ts';

const stateSchema = z.object({ index: z.int(), apiPort: z.int(), etcdPort: z.int(), etcdPeerPort: z.int() });

/** What tells one local cluster of a machine from another: a number, and ports on loopback. */
export type ClusterState = z.infer<typeof stateSchema>;

/** The network of a cluster's node, named and numbered after its index, so that clusters side by side do not collide. */
export interface NodeNetwork {
  readonly namespace: string;
  readonly hostLink: string;
  readonly nodeLink: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly cgroup: string;
}

const MOST_CLUSTERS = 60;

export function nodeNetwork(index: number): NodeNetwork {
  return {
    namespace: `curfew-node-${index}`,
    hostLink: `curfewh${index}`,
    nodeLink: `curfewn${index}`,
    hostAddress: `10.199.${100 + index}.1`,
    nodeAddress: `10.199.${100 + index}.2`,
    cgroup: `curfew-node-${index}`,
  };
}

/** Whether a local cluster was made in this folder. */
export function localClusterExists(stateDir: string): boolean {
  return existsSync(join(stateDir, 'state.json'));
}

/**
 * The state of the cluster in a folder, made on first use. Its ports are kept while they are free, so that kubeconfigs
 * of a node stay right; the index is kept for good.
 */
export async function loadState(stateDir: string): Promise<ClusterState> {
  const file = join(stateDir, 'state.json');
  const kept = existsSync(file) ? stateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  const state: ClusterState = {
    index: kept?.index ?? (await freeIndex()),
    apiPort: await usablePort(kept?.apiPort),
    etcdPort: await usablePort(kept?.etcdPort),
    etcdPeerPort: await usablePort(kept?.etcdPeerPort),
  };
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  return state;
}

/** An index that no cluster of this machine uses now: neither its link nor, where it has none, its folder tells. */
async function freeIndex(): Promise<number> {
  const links = existsSync('/usr/sbin/ip') || existsSync('/sbin/ip') ? await runCommand('ip', ['-brief', 'link']) : '';
  for (let index = 0; index < MOST_CLUSTERS; index++) {
    if (!links.includes(`${nodeNetwork(index).hostLink}@`)) return index;
  }
  throw new Error(`${MOST_CLUSTERS} local clusters run on this machine already.`);
}

async function usablePort(wanted = 0): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? 0;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
