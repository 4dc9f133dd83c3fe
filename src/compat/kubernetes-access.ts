import type { FastifyRequest } from 'fastify';
import type { Place } from '../core/place.ts';
import { PortalError } from '../core/portal-error.ts';
import { callerOf } from './caller.ts';
import type { CompatCluster, CompatPorts } from './ports.ts';

/**
 * How such a call is authenticated: by a token, as the clients do. A page of ours may ask as well, as it may for the
 * portal's own credentials: just after signing in (docs/adr/0017). Programs ask by themselves, so it is no activity.
 */
export const CREDENTIAL_CALL = { activity: false, cookie: 'strict', recent: 'of-cookies' } as const;

interface Access {
  readonly cluster: CompatCluster;
  readonly tenantId: string | null;
  readonly namespace: string;
}

/** What kubectl is to present at the gateway, and where. The clients ask often: each gets the same again. */
export async function kubernetesAccess(
  { credentials, gateway }: CompatPorts,
  request: FastifyRequest,
  { cluster, tenantId, namespace }: Access,
) {
  const { token, session } = await give({ clusterId: cluster.id, tenantId });
  const { url, caPem } = gateway();
  return {
    Name: `duploinfra-${cluster.id}`,
    ApiServer: `${url}/k8s/clusters/${cluster.id}`,
    Token: token,
    DefaultNamespace: namespace,
    CertificateAuthorityDataBase64: Buffer.from(caPem).toString('base64'),
    // duplo-jit takes it for the expiry: that of the token, which counts whole seconds.
    LastTokenRefreshTime: new Date(Math.floor(session.latestEndAt() / 1000) * 1000).toISOString(),
    K8Provider: 0,
    AwsRegion: '',
    K8sVersion: cluster.version ?? '',
  };

  async function give(place: Place) {
    const presented = request.headers.authorization ?? null;
    try {
      return await credentials.give(callerOf(request), place, { address: request.ip, loginAddress: null, presented });
    } catch (error) {
      // The clients know 401 and 403 for this.
      if (error instanceof PortalError && error.code === 'too-many-tokens')
        throw new PortalError('forbidden', error.message);
      throw error;
    }
  }
}
