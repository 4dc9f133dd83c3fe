import { join } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';
import { runCommand } from './command.ts';
import { containerdSocket } from './node-components.ts';

/** Asks and tells the cluster, by the kubectl that was built with it. */
export function kubectl(layout: ClusterLayout, args: readonly string[], input?: string): Promise<string> {
  const options = input === undefined ? {} : { input };
  return runCommand(
    join(layout.bin, 'kubectl'),
    [`--kubeconfig=${layout.adminKubeconfig}`, '--request-timeout=5s', ...args],
    // Discovery is not worth a folder in somebody's home.
    { ...options, env: { HOME: layout.stateDir } },
  );
}

/** Imports the images of the build, where containerd has not got them. */
export async function importImages(layout: ClusterLayout, names: Record<string, string>): Promise<void> {
  const ctr = (...args: string[]) =>
    runCommand('ctr', ['--address', containerdSocket(layout), '--namespace', 'k8s.io', ...args]);
  const present = await ctr('images', 'ls', '-q');
  for (const [file, image] of Object.entries(names)) {
    if (!present.split('\n').includes(image)) await ctr('images', 'import', join(layout.images, file));
  }
}

const RBAC = 'rbac.authorization.k8s.io';

/**
 * What Curfew's users may do in the local cluster: administrators everything, users `edit`, read-only users `view`;
 * all of them may see which namespaces and nodes there are.
 */
export function curfewRoles(): string {
  const bind = (name: string, role: string, groups: readonly string[]) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group })),
  });
  const overview = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'curfew-overview' },
    rules: [{ apiGroups: [''], resources: ['namespaces', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  };
  const items = [
    overview,
    bind('curfew-overview', 'curfew-overview', ['curfew:users', 'curfew:read-only']),
    bind('curfew-administrators', 'cluster-admin', ['curfew:administrators']),
    bind('curfew-users', 'edit', ['curfew:users']),
    bind('curfew-read-only', 'view', ['curfew:read-only']),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
