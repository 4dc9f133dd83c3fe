import { join } from 'node:path';
import type { Config } from '../config/load-config.ts';
import { createLogger } from '../system/logger.ts';
import { makePrivateFolder } from '../system/make-folder.ts';
import { describeFewFiles } from '../system/open-files.ts';
import { lockFolder } from '../system/process-lock.ts';
import { describeMissingWeb } from './build-web.ts';
import { showLocalCluster } from './progress.ts';
import { startPortal } from './portal.ts';
import type { Portal } from './portal.ts';

/** What cannot be done, in words for whoever sits at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs the portal until it is told to stop. Says on standard output where to go. */
export async function serve(config: Config): Promise<void> {
  // From here on a signal waits until everything has started: it then stops all of it, and leaves nothing half-made.
  const stopping = nextSignal();
  const lock = takeDataFolder(config);
  const log = createLogger(config.logLevel, process.stderr.isTTY);
  const portal = await startPortal(config, log).catch((error: unknown) => {
    lock.release();
    throw explain(error, config);
  });
  print(describePortal(portal));
  for (const warning of [describeMissingWeb(), describeFewFiles()]) if (warning !== null) log.warn(warning);
  showLocalCluster(portal.clusters, print);

  const signal = await stopping;
  const drainMs = signal === 'SIGTERM' ? config.drainMs : undefined;
  print(`${signal}: stopping. Sessions live on; shells and the local cluster end.`);
  if (drainMs !== undefined && drainMs > 0)
    print(`What is open may go on for ${drainMs / 1000} s. A second signal stops at once.`);
  // A second signal does not wait.
  void nextSignal().then(() => process.exit(130));
  await portal.stop(drainMs).finally(() => lock.release());
  // Not by waiting for what Node.js itself may still hold: it was seen to wait for ever.
  process.exit();
}

/** Where to go, in the words of the terminal. */
function describePortal({ url, tlsUrl, setupUrl, clusters: { problems, hasLocal } }: Portal): string {
  const lines = [`Curfew:  ${url}`];
  if (tlsUrl !== null) lines.push(`kubectl: ${tlsUrl} (kubeconfigs from the Clusters page trust its CA)`);
  if (setupUrl !== null) {
    lines.push('', `First administrator: ${setupUrl}`);
    lines.push('The link works once, for an hour; a restart prints a new one.', '');
  }
  if (problems.length > 0) {
    const rest = hasLocal ? '' : ' No local cluster is made in its place.';
    lines.push('', ...problems, `Mend the file and start again.${rest}`);
  }
  return lines.join('\n');
}

/** What commonly keeps a portal from starting, in words; anything else is a bug and stays as it is. */
function explain(error: unknown, { host }: Config): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return new CommandError(`${address}:${port} is in use by another program. Choose another --port or --tls-port.`);
  if (code === 'EACCES' && port !== undefined)
    return new CommandError(`Port ${port} needs root. Choose another --port or --tls-port.`);
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'].includes(code ?? ''))
    return new CommandError(`This machine has no address ${host}. Give --host one of its own, or 0.0.0.0 for all.`);
  return error;
}

/** @throws CommandError when another process has the data folder, or when it cannot be one */
export function takeDataFolder({ dataDir }: Pick<Config, 'dataDir'>): { release(): void } {
  process.umask(0o077);
  const lock = lockDataFolder(dataDir);
  if ('release' in lock) return lock;
  throw new CommandError(
    `Curfew runs already with the data folder ${dataDir} (process ${lock.holder}). Stop it first.`,
  );
}

function lockDataFolder(dataDir: string): ReturnType<typeof lockFolder> {
  try {
    makePrivateFolder(dataDir);
    return lockFolder(join(dataDir, 'lock'));
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(`The data folder ${dataDir} cannot be used: ${message}. Choose another --data-dir.`, {
      cause: error,
    });
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
