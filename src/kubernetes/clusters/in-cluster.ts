import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterDefinition } from './cluster.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The namespace of the pod that Curfew runs in; null outside of one. */
export function ownNamespace(folder: string = SERVICE_ACCOUNT): string | null {
  const path = join(folder, 'namespace');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/**
 * The cluster that Curfew runs in, by its pod's service account; null outside of one.
 *
 * @param folder where the account is mounted; the token is read again as it is rotated
 */
export function inClusterDefinition(
  environment: NodeJS.ProcessEnv,
  folder: string = SERVICE_ACCOUNT,
): ClusterDefinition | null {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const tokenPath = join(folder, 'token');
  if (host === undefined || host === '' || !existsSync(tokenPath)) return null;
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    name: 'in-cluster',
    source: 'in-cluster',
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    tls: {
      ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
      clientCertificate: null,
      clientKey: null,
      serverName: null,
      insecure: false,
    },
    credential: { kind: 'token-file', path: tokenPath },
  };
}
