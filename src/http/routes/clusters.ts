import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Grant } from '../../core/access.ts';
import { PortalError } from '../../core/portal-error.ts';
import { ROLES } from '../../core/user.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { clusterListSchema, grantListSchema, grantSchema, kubeconfigSchema } from '../../wire/cluster.ts';
import type { ClusterView } from '../../wire/cluster.ts';
import { endsByView, instantView } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { ClusterSummary, HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';
import { actorOf } from './users.ts';

const clusterParams = z.object({ cluster: z.string().max(63) });
const grantParams = clusterParams.extend(grantSchema.shape);

/** The clusters that the caller reaches, the kubeconfig for one, and who else reaches it. */
export function clustersRoutes(ports: HttpPorts): FastifyPluginCallbackZod {
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
        return { items: reachable.map((cluster) => clusterView(cluster, caller)) };
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
        const session = await sessions.openKubernetes(
          sessionOf(request),
          reachableCluster(request.params.cluster, sessionOf(request)).id,
        );
        return reply.code(201).send(await makeKubeconfig(session, addressOf(request)));
      },
    );

    app.get(
      '/api/clusters/:cluster/grants',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'Who reaches a cluster',
          tags: ['clusters'],
          params: clusterParams,
          response: { 200: grantListSchema },
        },
      },
      async ({ params: { cluster } }) => {
        const items = await users.granteesOf(cluster);
        if (items.length === 0) requireCluster(cluster);
        return { items };
      },
    );

    for (const method of ['PUT', 'DELETE'] as const) {
      app.route({
        method,
        url: '/api/clusters/:cluster/grants/:kind/:subject',
        config: { access: 'administrator', recent: true },
        schema: {
          summary:
            method === 'PUT'
              ? 'Lets a user or a role reach a cluster'
              : 'Takes that away, and ends the sessions that had it',
          tags: ['clusters'],
          params: grantParams,
          response: { 204: z.void() },
        },
        handler: async (request, reply) => {
          const { cluster, kind, subject } = request.params;
          // A grant of a context that is gone can be taken away still: it would hold again for the next of its name.
          const has = method === 'DELETE' && (await users.granteesOf(cluster)).length > 0;
          if (!has) requireCluster(cluster);
          const grant = await grantOf(cluster, kind, subject);
          const label = kind === 'role' ? `Everybody with the role ${subject}` : subject;
          if (method === 'PUT') await users.addGrant(grant, label, actorOf(request));
          else await users.removeGrant(grant, label, actorOf(request));
          return reply.code(204).send();
        },
      });
    }
    done();
  };

  /** @throws PortalError `not-found`, whether there is no such cluster or the caller does not reach it */
  function reachableCluster(id: string, caller: LiveSession): ClusterSummary {
    const cluster = clusters.find(id);
    if (cluster === undefined || !users.mayReach(caller.user, id))
      throw new PortalError('not-found', 'There is no such cluster.');
    return cluster;
  }

  /** @throws PortalError `not-found` */
  function requireCluster(id: string): void {
    if (clusters.find(id) === undefined) throw new PortalError('not-found', 'There is no such cluster.');
  }

  async function makeKubeconfig(session: LiveSession, address: string) {
    const { settings, tokens } = ports;
    const clusterId = session.clusterId ?? '';
    const token = await sessions.issueToken(session, 'kubernetes', address, await tokens.make(session));
    const origin = settings.publicUrl?.origin ?? `https://localhost:${settings.tls?.port ?? 443}`;
    const kubeconfig = ports.writeKubeconfig({
      clusterId,
      server: `${origin}/k8s/clusters/${clusterId}`,
      caPem: settings.publicUrl === null ? (settings.tls?.files().caPem ?? null) : null,
      token,
      username: session.user.username,
    });
    return { filename: `curfew-${clusterId}.kubeconfig`, kubeconfig, endsAt: instantView(session.latestEndAt()) };
  }

  /** @throws PortalError `not-found`, `invalid-request` */
  async function grantOf(clusterId: string, kind: 'user' | 'role', subject: string): Promise<Grant> {
    if (kind === 'user') return { clusterId, subject: { kind, id: (await users.find(subject)).user.id } };
    const role = ROLES.find((each) => each === subject);
    if (role === undefined)
      throw new PortalError('invalid-request', `A role is one of ${ROLES.join(', ')}.`, { field: 'subject' });
    return { clusterId, subject: { kind, id: role } };
  }
}
