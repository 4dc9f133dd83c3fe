import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/load-config.ts';
import { readTlsFiles } from '../config/tls-files.ts';
import type { Clock } from '../core/clock.ts';
import type { ListenerTls } from '../http/ports.ts';
import { openLocalTls } from '../system/local-tls.ts';
import type { LocalTls } from '../system/local-tls.ts';

/** What the TLS listener shows: the certificate that is configured, or the local CA's, which is renewed in time. */
export async function openListenerTls(
  config: Config,
  clock: Clock,
  log: Logger,
): Promise<Omit<LocalTls, 'files'> & { files(): ListenerTls }> {
  if (config.tls === null) {
    return openLocalTls(join(config.dataDir, 'tls'), clock, (error) =>
      log.error({ err: error }, 'the certificate of the TLS listener could not be renewed; the old one stands'),
    );
  }
  const given = { ...readTlsFiles(config.tls), caPem: null };
  return { files: () => given, onRenewed: () => undefined, stop: () => undefined };
}
