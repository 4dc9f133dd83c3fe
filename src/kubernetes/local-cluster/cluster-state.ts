import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommand } from './command.ts';

const stateSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{6}$/),
  index: z.int(),
  apiPort: z.int(),
  etcdPort: z.int(),
  etcdPeerPort: z.int(),
});

/**
 * What tells one local cluster of a machine from another: a random id in the names of what it makes there, so that one
 * never clears away what is another's, a number for its subnet, and its ports.
 */
export type ClusterState = z.infer<typeof stateSchema>;

/** What a cluster's node has of the machine. */
export interface NodeNetwork {
  readonly hostLink: string;
  readonly nodeLink: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly cgroup: string;
}

const MOST_CLUSTERS = 100;

export function nodeNetwork({ id, index }: Pick<ClusterState, 'id' | 'index'>): NodeNetwork {
  return {
    // A link's name has at most fifteen letters.
    hostLink: `curfewh${id}`,
    nodeLink: `curfewn${id}`,
    hostAddress: `${subnet(index)}.1`,
    nodeAddress: `${subnet(index)}.2`,
    cgroup: `curfew-node-${id}`,
  };
}

function subnet(index: number): string {
  return `10.199.${100 + index}`;
}

/** Whether a local cluster was made in this folder: one that was ready once. A start that failed makes none. */
export function localClusterExists(stateDir: string): boolean {
  return existsSync(join(stateDir, 'made'));
}

export function markMade(stateDir: string): void {
  writeFileSync(join(stateDir, 'made'), '', { mode: 0o600 });
}

/**
 * The state of the cluster in a folder, made on first use. Its ports and its subnet are kept while they are free. To be
 * called once nothing of the cluster runs, and under a lock where a node follows, so that no other takes the subnet.
 */
export async function loadState(stateDir: string): Promise<ClusterState> {
  const file = join(stateDir, 'state.json');
  const kept = existsSync(file) ? stateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  const state: ClusterState = {
    id: kept?.id ?? randomBytes(3).toString('hex'),
    index: await freeIndex(kept?.index),
    apiPort: await usablePort(kept?.apiPort),
    etcdPort: await usablePort(kept?.etcdPort),
    etcdPeerPort: await usablePort(kept?.etcdPeerPort),
  };
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  return state;
}

/** An index whose subnet nobody on this machine uses now. */
async function freeIndex(wanted = 0): Promise<number> {
  const hasIp = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].some((path) => existsSync(path));
  const addresses = hasIp ? await runCommand('ip', ['-brief', 'address']) : '';
  for (let step = 0; step < MOST_CLUSTERS; step++) {
    const index = (wanted + step) % MOST_CLUSTERS;
    if (!addresses.includes(` ${subnet(index)}.`)) return index;
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
