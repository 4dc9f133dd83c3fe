import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/load-config.ts';
import { createLogger } from '../system/logger.ts';
import { lockFolder } from '../system/process-lock.ts';
import { showLocalCluster } from './progress.ts';
import { startPortal } from './portal.ts';

/** What cannot be done, in words for whoever sits at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs the portal until it is told to stop. Says on standard output where to go. */
export async function serve(config: Config): Promise<void> {
  const lock = takeDataFolder(config);
  const log = createLogger(config.logLevel, process.stderr.isTTY);
  const portal = await startPortal(config, log).catch((error: unknown) => {
    lock.release();
    throw explain(error);
  });
  print(`Curfew:  ${portal.url}`);
  if (portal.tlsUrl !== null) print(`kubectl: ${portal.tlsUrl} (kubeconfigs from the Clusters page trust its CA)`);
  if (portal.setupUrl !== null) {
    print(`\nFirst administrator: ${portal.setupUrl}`);
    print('The link works once, for an hour; a restart prints a new one.\n');
  }
  showLocalCluster(portal.clusters, print);

  const signal = await nextSignal();
  print(`${signal}: stopping. Sessions live on; shells and the local cluster end.`);
  // A second signal does not wait.
  void nextSignal().then(() => process.exit(130));
  await portal.stop().finally(() => lock.release());
}

/** What commonly keeps a portal from starting, in words; anything else is a bug and stays as it is. */
function explain(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return new CommandError(`${address}:${port} is in use by another program. Choose another --port or --tls-port.`);
  if (code === 'EACCES' && port !== undefined)
    return new CommandError(`Port ${port} needs root. Choose another --port or --tls-port.`);
  return error;
}

/** @throws CommandError when another process has the data folder */
export function takeDataFolder(config: Config): { release(): void } {
  process.umask(0o077);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(join(config.dataDir, 'lock'));
  if ('release' in lock) return lock;
  throw new CommandError(
    `Curfew runs already with the data folder ${config.dataDir} (process ${lock.holder}). Stop it first.`,
  );
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
