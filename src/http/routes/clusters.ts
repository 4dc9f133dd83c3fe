import type { FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { contextName } from '../../core/access.ts';
import { placeText } from '../../core/place.ts';
import type { Place } from '../../core/place.ts';
import type { KubernetesCredential } from '../../sessions/kubernetes-credentials.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { clusterListSchema, credentialSchema, kubeconfigSchema } from '../../wire/cluster.ts';
import type { ClusterSession, ClusterView } from '../../wire/cluster.ts';
import { endsByView, instantView } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import { gatewayAddress } from '../gateway-address.ts';
import type { Origins } from '../origin.ts';
import { requirePlace } from '../place.ts';
import type { ClusterSummary, HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

export const clusterParams = z.object({ cluster: z.string().max(63) });
const placeQuery = z.object({
  tenant: z.string().max(64).optional().describe('The id of a tenant of that cluster; without it, the whole cluster'),
});
type PlaceRequest = FastifyRequest<{ Params: z.infer<typeof clusterParams>; Querystring: z.infer<typeof placeQuery> }>;

/** The clusters that the caller reaches, and the kubeconfig for one. */
export function clustersRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { clusters, tenants, shells } = ports;

  const clusterView = (cluster: ClusterSummary, caller: LiveSession): ClusterView[] => {
    const whole = tenants.mayEnter(caller.user, cluster.id, null);
    const entered = tenants.tenantsOf(caller.user).filter(({ tenant }) => tenant.clusterId === cluster.id);
    if (!whole && entered.length === 0) return [];
    const view = {
      ...cluster,
      checkedAt: cluster.checkedAt === null ? null : iso(cluster.checkedAt),
      shell: shells.availability(),
      session: sessionView(caller, { clusterId: cluster.id, tenantId: null }),
      whole,
      tenants: entered.map(({ tenant: { id, name, namespace }, readOnly }) => {
        return { id, name, namespace, readOnly, session: sessionView(caller, { clusterId: cluster.id, tenantId: id }) };
      }),
    };
    return [view];
  };

  return (app, _options, done) => {
    app.get(
      '/api/clusters',
      {
        config: { access: 'user' },
        schema: {
          summary: 'The clusters that the caller reaches, each as a whole or through tenants',
          tags: ['clusters'],
          response: { 200: clusterListSchema },
        },
      },
      (request) => {
        const caller = sessionOf(request);
        return {
          items: clusters.list().flatMap((cluster) => clusterView(cluster, caller)),
          gateway: gatewayAddress(ports.settings),
        };
      },
    );

    app.post(
      '/api/clusters/:cluster/kubeconfig',
      {
        config: { access: 'user', recent: true },
        schema: {
          summary: 'A kubeconfig whose token lives exactly as long as the Kubernetes session',
          tags: ['clusters'],
          params: clusterParams,
          querystring: placeQuery,
          response: { 201: kubeconfigSchema },
        },
      },
      async (request, reply) => reply.code(201).send(makeKubeconfig(await credentialFor(request, null))),
    );

    app.post(
      '/api/clusters/:cluster/credential',
      {
        config: { access: 'user', recent: 'of-cookies', apiTokens: 'permanent', activity: false },
        schema: {
          summary:
            "A credential for kubectl that dies with the caller's Kubernetes session, which it does not lengthen",
          tags: ['clusters'],
          params: clusterParams,
          querystring: placeQuery,
          response: { 201: credentialSchema },
        },
      },
      async (request, reply) => {
        const { token, session } = await credentialFor(request, origins.of(request.raw));
        return reply.code(201).send({ token, endsAt: iso(session.latestEndAt()), sessionId: session.id });
      },
    );

    done();
  };

  /** For the caller's Kubernetes session at the place that is asked for. @throws PortalError as `openKubernetes` does */
  async function credentialFor(request: PlaceRequest, loginAddress: string | null): Promise<KubernetesCredential> {
    const caller = sessionOf(request);
    const { cluster, tenant } = requirePlace(ports, caller, request.params.cluster, request.query.tenant);
    const place = { clusterId: cluster.id, tenantId: tenant?.id ?? null };
    return ports.credentials.give(caller, place, { address: addressOf(request), loginAddress, presented: null });
  }

  function makeKubeconfig({ token, session }: KubernetesCredential) {
    const clusterId = session.clusterId ?? '';
    const tenant = session.tenantId === null ? undefined : tenants.require(session.tenantId);
    const { url, caPem } = gatewayAddress(ports.settings);
    const kubeconfig = ports.writeKubeconfig({
      clusterId,
      server: `${url}/k8s/clusters/${clusterId}`,
      caPem,
      token,
      username: session.user.username,
      ...(tenant !== undefined && { tenant }),
    });
    const filename = `${contextName(clusterId, tenant?.name)}.kubeconfig`;
    return { filename, kubeconfig, endsAt: instantView(session.latestEndAt()) };
  }
}

function sessionView(caller: LiveSession, place: Place): ClusterSession | null {
  const session = caller.children.get(placeText(place));
  if (session === undefined || session.end() !== null) return null;
  const { id, startedAt } = session;
  const deadline = session.deadline();
  return { id, startedAt: iso(startedAt), endsAt: instantView(deadline.at), endsBy: endsByView(deadline) };
}
