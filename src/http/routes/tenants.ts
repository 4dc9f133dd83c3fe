import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Tenant } from '../../core/tenant.ts';
import {
  createTenantSchema,
  tenantAccessSchema,
  tenantDetailSchema,
  tenantListSchema,
  tenantSchema,
} from '../../wire/tenant.ts';
import type { TenantView } from '../../wire/tenant.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';
import { actorOf } from './users.ts';

const idParams = z.object({ id: z.string().max(64) });
const accessParams = idParams.extend({ username: z.string().min(1).max(256) });
const NOBODY: ReadonlyMap<string, number> = new Map();

/** Tenants and who may enter them, for administrators. Writes need a recent authentication. */
export function tenantsRoutes({ tenants, users, tenantState }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/api/tenants',
      {
        config: { access: 'administrator' },
        schema: { summary: 'The tenants, by name', tags: ['tenants'], response: { 200: tenantListSchema } },
      },
      async () => {
        const [sessions, entrants] = await Promise.all([tenants.countSessions(), tenants.countEntrants()]);
        const viewOf = (tenant: Tenant) =>
          tenantView(tenant, entrants.get(tenant.id) ?? 0, sessions.get(tenant.id) ?? NOBODY);
        return { items: tenants.list().map(viewOf) };
      },
    );

    app.post(
      '/api/tenants',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Creates a tenant: a namespace of a cluster',
          tags: ['tenants'],
          body: createTenantSchema,
          response: { 201: tenantSchema },
        },
      },
      async (request, reply) => {
        const { cluster, ...rest } = request.body;
        const tenant = await tenants.create({ ...rest, clusterId: cluster }, actorOf(request));
        return reply.code(201).send(tenantView(tenant, 0, NOBODY));
      },
    );

    app.get(
      '/api/tenants/:id',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'A tenant, and who was given access to it',
          tags: ['tenants'],
          params: idParams,
          response: { 200: tenantDetailSchema },
        },
      },
      async ({ params: { id } }) => {
        const entrants = await tenants.entrantsOf(id);
        const sessions = (await tenants.countSessions()).get(id) ?? NOBODY;
        const access = entrants.map(({ userId, username, readOnly }) => ({
          username,
          readOnly,
          sessions: sessions.get(userId) ?? 0,
        }));
        return { ...tenantView(tenants.require(id), entrants.length, sessions), access };
      },
    );

    app.delete(
      '/api/tenants/:id',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Deletes a tenant and ends the sessions in it; its namespace stays',
          tags: ['tenants'],
          params: idParams,
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        await tenants.remove(request.params.id, actorOf(request));
        return reply.code(204).send();
      },
    );

    app.put(
      '/api/tenants/:id/access/:username',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Lets a user enter a tenant; read-only where it was not ends the user’s sessions in it',
          tags: ['tenants'],
          params: accessParams,
          body: tenantAccessSchema,
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        const { id, username } = request.params;
        const { user } = await users.find(username);
        await tenants.giveAccess(id, user, request.body.readOnly, actorOf(request));
        return reply.code(204).send();
      },
    );

    app.delete(
      '/api/tenants/:id/access/:username',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Takes access away, and ends the sessions that had it',
          tags: ['tenants'],
          params: accessParams,
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        const { id, username } = request.params;
        const { user } = await users.find(username);
        await tenants.takeAccess(id, user, actorOf(request));
        return reply.code(204).send();
      },
    );
    done();
  };

  function tenantView(tenant: Tenant, entrants: number, sessions: ReadonlyMap<string, number>): TenantView {
    const { id, name, clusterId, namespace, bindings, createdAt } = tenant;
    const all = [...sessions.values()].reduce((sum, count) => sum + count, 0);
    const place = { cluster: clusterId, namespace, namespaceState: tenantState(id) };
    return { id, name, ...place, bindings, createdAt: iso(createdAt), users: entrants, sessions: all };
  }
}
