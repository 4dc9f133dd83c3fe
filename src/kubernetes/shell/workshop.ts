import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { bury } from './burial.ts';
import { createKubectlPreparation } from './kubectl-binary.ts';
import type { KubectlPreparation } from './kubectl-binary.ts';
import { findLeftovers } from './leftovers.ts';
import { probeSandbox } from './probe.ts';
import { defaultRunParent, makeRunFolder } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { findSandboxHost } from './sandbox-host.ts';
import type { SandboxHost } from './sandbox-host.ts';

/** Everything that sandboxes of this machine are made with; it was tried out. */
export interface MachineTools {
  /** The machine's time, in which processes die; a test that moves the portal's clock leaves this one alone. */
  readonly clock: Clock;
  readonly host: SandboxHost;
  readonly folder: RunFolder;
  readonly kubectl: KubectlPreparation;
}

const MEBIBYTE = 1024 * 1024;

/** What one shell may use. Its temporary files count as its memory too. */
const LIMITS: SandboxHost['limits'] = {
  memoryBytes: 512 * MEBIBYTE,
  cpus: 1,
  tasks: 256,
  tmpfsBytes: 128 * MEBIBYTE,
};

interface MachinePorts {
  /** The machine's, never one that a test moves. */
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Finds out what this machine has for sandboxes, removes what a killed portal left, and makes one to see that it works.
 *
 * @returns or else one sentence for each thing that is missing, with what to do
 */
export async function openWorkshop({ clock, log }: MachinePorts): Promise<MachineTools | { missing: string[] }> {
  const host = findSandboxHost(LIMITS);
  if (Array.isArray(host)) return { missing: host };
  await removeLeftovers(host, clock, log);
  const folder = makeRunFolder(await defaultRunParent(), host.seccompFilter);
  const failure = await probeSandbox(host, folder, clock).catch((error: unknown) => describeError(error));
  if (failure === null) return { clock, host, folder, kubectl: createKubectlPreparation(folder, log) };
  folder.remove();
  return { missing: [failure] };
}

async function removeLeftovers(host: SandboxHost, clock: Clock, log: Logger): Promise<void> {
  const removed = await Promise.all(findLeftovers(host.cgroups).map((group) => bury(group, undefined, clock)));
  if (removed.length > 0) log.warn({ shells: removed.length }, 'removed the shells of a portal that was killed');
}

function describeError(error: unknown): string {
  return `A sandbox could not be made: ${error instanceof Error ? error.message : String(error)}.`;
}
