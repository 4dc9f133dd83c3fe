import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { nodeNetwork } from './cluster-state.ts';
import type { ClusterState, NodeNetwork } from './cluster-state.ts';
import type { Tier } from './tier.ts';

/** Where everything of one cluster is, and how its parts reach each other. */
export interface ClusterLayout {
  readonly tier: Tier;
  readonly state: ClusterState;
  readonly network: NodeNetwork;
  readonly bin: string;
  readonly images: string;
  readonly stateDir: string;
  readonly pki: string;
  readonly logs: string;
  readonly kubeconfigs: string;
  /** The administrator's kubeconfig, for the portal. */
  readonly adminKubeconfig: string;
  /** The API server: on loopback, or at the node's address, which this machine alone can reach. */
  readonly apiUrl: string;
}

export function layOut(stateDir: string, binaries: Binaries, tier: Tier, state: ClusterState): ClusterLayout {
  const network = nodeNetwork(state);
  const kubeconfigs = join(stateDir, 'kubeconfigs');
  const logs = join(stateDir, 'logs');
  for (const folder of [kubeconfigs, logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const host = tier === 'node' ? network.nodeAddress : '127.0.0.1';
  return {
    tier,
    state,
    network,
    ...binaries,
    stateDir,
    pki: join(stateDir, 'pki'),
    logs,
    kubeconfigs,
    adminKubeconfig: join(kubeconfigs, 'admin.json'),
    apiUrl: `https://${host}:${state.apiPort}`,
  };
}

/** Writes the kubeconfigs of the parts, and the administrator's. */
export function writeKubeconfigs(layout: ClusterLayout): void {
  for (const user of ['controller-manager', 'scheduler', 'kubelet', 'proxy', 'admin']) write(layout, user);
}

export function kubeconfigOf(layout: ClusterLayout, name: string): string {
  return join(layout.kubeconfigs, `${name}.json`);
}

function write(layout: ClusterLayout, user: string): void {
  const encoded = (file: string) => readFileSync(join(layout.pki, file)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server: layout.apiUrl, 'certificate-authority-data': encoded('ca.crt') } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': encoded(`${user}.crt`), 'client-key-data': encoded(`${user}.key`) },
      },
    ],
    contexts: [{ name: 'local', context: { cluster: 'local', user } }],
    'current-context': 'local',
  };
  writeFileSync(kubeconfigOf(layout, user), JSON.stringify(config), { mode: 0o600 });
}
