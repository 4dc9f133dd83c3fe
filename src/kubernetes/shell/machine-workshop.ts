import { PortalError } from '../../core/portal-error.ts';
import { startSandbox } from './sandbox.ts';
import type { ShellWorkshop } from './shell-workshop.ts';
import type { MachineTools } from './workshop.ts';

/**
 * Sandboxes of this machine, by bubblewrap.
 *
 * @param tools the answer of `openWorkshop`
 * @param kubectlPath where kubectl is; asked for each shell, since a local cluster brings one along while the portal runs
 */
export function machineWorkshop(
  tools: MachineTools | { readonly missing: readonly string[] },
  kubectlPath: () => string | null,
): ShellWorkshop {
  if ('missing' in tools) {
    return { missing: () => tools.missing, start: () => Promise.resolve(null), close: () => undefined };
  }
  return {
    missing: () => (kubectlPath() === null ? ['kubectl was not found: install it, or put it into the PATH.'] : []),
    async start(request) {
      const kubectl = await tools.kubectl.prepare(kubectlPath() ?? '').catch((error: unknown) => {
        throw new PortalError('shell-unavailable', `kubectl cannot be used: ${describeError(error)}.`);
      });
      return startSandbox(tools.host, tools.folder, tools.clock, { ...request, kubectl });
    },
    close: () => tools.folder.remove(),
  };
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
