import { CommandError, runCommand } from './command.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { Tier } from './tier.ts';

/** Debian's packages that building needs. dpkg, tar and gzip are on every Debian, xz is not on the smallest. */
const TO_BUILD = ['golang-go', 'gcc', 'libc6-dev', 'patch', 'xz-utils', 'busybox-static'];
/** Debian's packages that running needs. util-linux (unshare, nsenter) and mount are on every Debian. */
const TO_RUN: Record<Tier, readonly string[]> = {
  api: ['etcd-server'],
  node: ['etcd-server', 'containerd', 'runc', 'containernetworking-plugins', 'iptables', 'iproute2', 'procps'],
};

/** What a tier needs of Debian, with or without the tools to build it first. */
export function neededPackages(tier: Tier, { build }: { build: boolean }): string[] {
  return [...(build ? TO_BUILD : []), ...TO_RUN[tier]];
}

/** Those of the packages that are not installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  let installed: string;
  try {
    installed = await runCommand('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Error("A local cluster is built from Debian's packages, and dpkg is missing here.", { cause: error });
  }
  const present = new Set(installed.split('\n').map((line) => line.replace(/ installed$/, '')));
  return names.filter((name) => !present.has(name));
}

/** What somebody types to install them. */
export function installCommand(names: readonly string[]): string {
  return `apt-get install --no-install-recommends ${names.join(' ')}`;
}

/**
 * Installs packages, as root. It is not interruptible: a half-installed package is worse than a minute of waiting.
 *
 * @param onLine what apt says, for the log
 * @throws CommandError when apt fails
 */
export async function installPackages(
  names: readonly string[],
  options: { ledger: ProcessLedger; onLine: (line: string) => void },
): Promise<void> {
  const run = async (...args: string[]): Promise<void> => {
    // Packages are installed for everybody, whatever the portal's own umask is.
    await runCommand('sh', ['-c', 'umask 022; exec apt-get -q -o DPkg::Lock::Timeout=300 "$@"', 'apt-get', ...args], {
      ...options,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  await run('update');
  await run('install', '--yes', '--no-install-recommends', ...names);
}
