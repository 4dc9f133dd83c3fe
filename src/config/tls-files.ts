import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from './load-config.ts';

/**
 * Reads a certificate and its key, as PEM.
 *
 * @throws ConfigError when one is missing, is no PEM, or does not belong to the other
 */
export function readTlsFiles(files: { readonly cert: string; readonly key: string }): { cert: string; key: string } {
  const [cert, key] = [read('--tls-cert', files.cert), read('--tls-key', files.key)];
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new ConfigError(
      `The certificate ${files.cert} and the key ${files.key} cannot be used (${(error as Error).message}). ` +
        'Both have to be PEM files, and the key the one of the certificate, without a passphrase.',
      { cause: error },
    );
  }
  return { cert, key };
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`The file of ${option} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
