import { stringify } from 'yaml';
import { CURFEW_EXTENSION, contextName } from '../../core/access.ts';

/**
 * The kubeconfig that a user downloads: one context that leads through the gateway with a token of his session.
 *
 * @param file `server` is the gateway's HTTPS URL of the cluster, `…/k8s/clusters/<id>`; `caPem` the authority that
 *   signed its certificate, null where the system knows it
 */
export function writeKubeconfig(file: {
  readonly clusterId: string;
  readonly server: string;
  readonly caPem: string | null;
  readonly token: string;
  readonly username: string;
  /** The one that the token is confined to. */
  readonly tenant?: { readonly name: string; readonly namespace: string };
}): string {
  const name = contextName(file.clusterId, file.tenant?.name);
  const authority = file.caPem === null ? {} : { 'certificate-authority-data': base64(file.caPem) };
  const namespace = file.tenant === undefined ? {} : { namespace: file.tenant.namespace };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: file.server, ...authority } }],
    users: [{ name: `${name}-${file.username}`, user: { token: file.token } }],
    contexts: [
      {
        name,
        context: {
          cluster: name,
          user: `${name}-${file.username}`,
          ...namespace,
          extensions: [{ name: CURFEW_EXTENSION, extension: { cluster: file.clusterId } }],
        },
      },
    ],
    'current-context': name,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
