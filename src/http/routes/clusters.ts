import type { FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../../core/portal-error.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { clusterListSchema, credentialSchema, kubeconfigSchema } from '../../wire/cluster.ts';
import type { ClusterView } from '../../wire/cluster.ts';
import { endsByView, instantView } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { Origins } from '../origin.ts';
import type { ClusterSummary, HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

export const clusterParams = z.object({ cluster: z.string().max(63) });

/** The clusters that the caller reaches, and the kubeconfig for one. */
export function clustersRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { clusters, users, sessions, shells } = ports;

  const clusterView = (cluster: ClusterSummary, caller: LiveSession): ClusterView => {
    const session = caller.children.get(cluster.id);
    const deadline = session?.end() === null ? session.deadline() : null;
    return {
      ...cluster,
      checkedAt: cluster.checkedAt === null ? null : iso(cluster.checkedAt),
      shell: shells.availability(),
      session:
        session === undefined || deadline === null
          ? null
          : {
              id: session.id,
              startedAt: iso(session.startedAt),
              endsAt: instantView(deadline.at),
              endsBy: endsByView(deadline),
            },
    };
  };

  return (app, _options, done) => {
    app.get(
      '/api/clusters',
      {
        config: { access: 'user' },
        schema: {
          summary: 'The clusters that the caller reaches',
          tags: ['clusters'],
          response: { 200: clusterListSchema },
        },
      },
      (request) => {
        const caller = sessionOf(request);
        const reachable = clusters.list().filter(({ id }) => users.mayReach(caller.user, id));
        return { items: reachable.map((cluster) => clusterView(cluster, caller)), gateway: gateway() };
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
          response: { 201: kubeconfigSchema },
        },
      },
      async (request, reply) => {
        const session = await openSession(request);
        return reply.code(201).send(await makeKubeconfig(session, addressOf(request)));
      },
    );

    app.post(
      '/api/clusters/:cluster/credential',
      {
        config: { access: 'user', recent: 'of-cookies', apiTokens: false, activity: false },
        schema: {
          summary:
            "A credential for kubectl that dies with the caller's Kubernetes session, which it does not lengthen",
          tags: ['clusters'],
          params: clusterParams,
          response: { 201: credentialSchema },
        },
      },
      async (request, reply) => {
        const session = await openSession(request);
        const token = await issueToken(session, addressOf(request), origins.of(request.raw));
        return reply.code(201).send({ token, endsAt: iso(session.latestEndAt()), sessionId: session.id });
      },
    );

    done();
  };

  /** @throws PortalError `not-found`, whether there is no such cluster or the caller does not reach it */
  function reachableCluster(id: string, caller: LiveSession): ClusterSummary {
    const cluster = clusters.find(id);
    if (cluster === undefined || !users.mayReach(caller.user, id))
      throw new PortalError('not-found', 'There is no such cluster.');
    return cluster;
  }

  /** The caller's Kubernetes session at the cluster of the path. @throws PortalError as `openKubernetes` does */
  async function openSession(request: FastifyRequest<{ Params: z.infer<typeof clusterParams> }>): Promise<LiveSession> {
    const caller = sessionOf(request);
    return sessions.openKubernetes(caller, reachableCluster(request.params.cluster, caller).id);
  }

  async function issueToken(session: LiveSession, address: string, loginAddress: string | null): Promise<string> {
    return sessions.issueToken(session, 'kubernetes', address, await ports.tokens.make(session, loginAddress));
  }

  function gateway(): { url: string; caPem: string | null } {
    const { publicUrl, tls } = ports.settings;
    if (publicUrl !== null) return { url: publicUrl.origin, caPem: null };
    return { url: `https://localhost:${tls?.port ?? 443}`, caPem: tls?.files().caPem ?? null };
  }

  async function makeKubeconfig(session: LiveSession, address: string) {
    const clusterId = session.clusterId ?? '';
    const token = await issueToken(session, address, null);
    const { url, caPem } = gateway();
    const kubeconfig = ports.writeKubeconfig({
      clusterId,
      server: `${url}/k8s/clusters/${clusterId}`,
      caPem,
      token,
      username: session.user.username,
    });
    return { filename: `curfew-${clusterId}.kubeconfig`, kubeconfig, endsAt: instantView(session.latestEndAt()) };
  }
}
