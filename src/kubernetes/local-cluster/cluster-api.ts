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
