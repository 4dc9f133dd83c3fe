import { ConfigError } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import { createKubernetesTokenMaker, newSigningKey } from '../sessions/kubernetes-token.ts';
import type { Store } from '../store/store.ts';
import { createSecretBox, loadKeyFile } from '../system/secret-box.ts';

/** Makes Kubernetes tokens with the signing key of this database, which the first process made. @throws ConfigError for another key file */
export async function createTokenMaker(config: Config, store: Store, key: Buffer) {
  const box = createSecretBox(key);
  const name = 'kubernetes-token-signing-key';
  const sealed = (await store.findSecret(name)) ?? (await store.storeSecretOnce(name, box.seal(name, newSigningKey())));
  return createKubernetesTokenMaker(
    openSealed(() => box.open(name, sealed), config),
    'curfew',
  );
}

/** @throws ConfigError */
export function readKey(path: string): Buffer {
  try {
    return loadKeyFile(path);
  } catch (error) {
    throw new ConfigError(`The key file ${path} ${(error as Error).message}.`, { cause: error });
  }
}

function openSealed(open: () => string, config: Config): string {
  try {
    return open();
  } catch (error) {
    throw new ConfigError(
      `The key file ${config.secretKeyFile} is not the one that the database was made with. ` +
        'Put that one there: it is the same for every replica. Or start with another database.',
      { cause: error },
    );
  }
}
