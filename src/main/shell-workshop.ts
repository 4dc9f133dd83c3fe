import type { Logger } from 'pino';
import type { Config } from '../config/load-config.ts';
import { machineWorkshop } from '../kubernetes/shell/machine-workshop.ts';
import { openPodWorkshop } from '../kubernetes/shell/pod/pod-workshop.ts';
import type { ShellWorkshop } from '../kubernetes/shell/shell-workshop.ts';
import { openWorkshop } from '../kubernetes/shell/workshop.ts';
import { createSystemClock } from '../system/clock.ts';
import type { Clusters } from './clusters.ts';

/** What makes the sandboxes of shells, as it is configured. */
export async function openShellWorkshop(
  { shellPods }: Pick<Config, 'shellPods'>,
  ports: { readonly log: Logger; readonly clusters: Clusters; longestSessionMs(): number },
): Promise<ShellWorkshop> {
  const { log, clusters } = ports;
  // Processes and pods start and die in the machine's time, also where a test moves the portal's.
  const clock = createSystemClock();
  if (shellPods === null) return machineWorkshop(await openWorkshop({ clock, log }), () => clusters.kubectlPath());
  const { longestSessionMs } = ports;
  const findCluster = (id: string) => clusters.connectable(id);
  return openPodWorkshop({ clock, log, settings: shellPods, longestSessionMs, findCluster });
}
