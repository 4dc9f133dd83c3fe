import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Grant } from '../../core/access.ts';
import { PortalError } from '../../core/portal-error.ts';
import { ROLES } from '../../core/user.ts';
import { grantListSchema, grantSchema } from '../../wire/cluster.ts';
import type { HttpPorts } from '../ports.ts';
import { clusterParams } from './clusters.ts';
import { actorOf } from './users.ts';

const grantParams = clusterParams.extend(grantSchema.shape);

/** Who reaches a cluster. */
export function grantsRoutes({ clusters, users }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
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

  /** @throws PortalError `not-found` */
  function requireCluster(id: string): void {
    if (clusters.find(id) === undefined) throw new PortalError('not-found', 'There is no such cluster.');
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
