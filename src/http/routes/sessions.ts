import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { describeEnd } from '../../core/explain.ts';
import { PortalError } from '../../core/portal-error.ts';
import { SESSION_KINDS } from '../../core/session-kind.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import type { SessionWithUser } from '../../sessions/ports.ts';
import { limitView } from '../../wire/limit.ts';
import { listQuerySchema, pageOf, sortQuery } from '../../wire/list.ts';
import { SESSION_SORTS, endsByView, instantView, sessionViewSchema } from '../../wire/session.ts';
import type { SessionView } from '../../wire/session.ts';
import { requireAdministrator } from '../authentication.ts';
import { sessionOf } from '../access.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

const listSessionsQuery = listQuerySchema.extend({
  state: z.enum(['live', 'ended', 'all']).default('live'),
  kind: z.enum(SESSION_KINDS).optional(),
  scope: z.enum(['own', 'all']).default('own').describe('`all` is for administrators'),
  user: z.string().min(1).max(256).optional().describe('With `scope=all`: of this user only'),
  ...sortQuery(SESSION_SORTS, 'startedAt', 'desc'),
});

/** Everybody sees and ends the own sessions, administrators everybody's. */
export function sessionsRoutes({ sessions, store, users, tenants }: HttpPorts): FastifyPluginCallbackZod {
  const sessionView = (holder: SessionWithUser, caller: LiveSession): SessionView => {
    const { end, deadline } = sessions.stored.judge(holder);
    const held = sessions.pool.find(holder.session.id);
    const row = held?.row() ?? holder.session;
    return {
      id: row.id,
      kind: row.kind,
      username: holder.user.username,
      clusterId: row.clusterId,
      tenant: row.tenantId === null ? null : { id: row.tenantId, name: tenants.find(row.tenantId)?.name ?? null },
      parentId: row.parentId,
      ...(row.apiToken !== undefined && { tokenName: row.apiToken.name }),
      own: row.userId === caller.userId,
      current: row.id === caller.id || row.parentId === caller.id,
      startedAt: iso(row.startedAt),
      lastActivityAt: iso(row.lastActivityAt),
      endsAt: end === null ? instantView(deadline.at) : null,
      endsBy: end === null ? endsByView(deadline) : null,
      streams: held?.streamCount ?? 0,
      end:
        end === null
          ? null
          : {
              at: iso(end.at),
              reason: end.reason,
              limit: end.limit === null ? null : limitView(end.limit),
              sentence: describeEnd(row.kind, end),
            },
    };
  };

  return (app, _options, done) => {
    app.get(
      '/api/sessions',
      {
        config: { access: 'user' },
        schema: {
          summary: 'Sessions, newest first unless told otherwise',
          tags: ['sessions'],
          querystring: listSessionsQuery,
          response: { 200: pageOf(sessionViewSchema) },
        },
      },
      async (request) => {
        const caller = sessionOf(request);
        const { page, pageSize, search, state, kind, scope, user, sort, order } = request.query;
        if (scope === 'all') requireAdministrator(caller, false);
        const named = scope === 'all' && user !== undefined ? (await users.find(user)).user.id : undefined;
        const userId = scope === 'own' ? caller.userId : named;
        const { items, total } = await store.listSessions({
          state,
          ...(kind !== undefined && { kind }),
          ...(userId !== undefined && { userId }),
          search,
          sort,
          order,
          offset: (page - 1) * pageSize,
          limit: pageSize,
        });
        return { items: items.map((holder) => sessionView(holder, caller)), total, page, pageSize };
      },
    );

    app.delete(
      '/api/sessions/:id',
      {
        config: { access: 'user' },
        schema: {
          summary: 'Ends a session',
          tags: ['sessions'],
          params: z.object({ id: z.string().max(64) }),
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        const caller = sessionOf(request);
        const holder = await sessions.stored.find(request.params.id);
        const own = holder?.user.id === caller.userId;
        const { role, readOnly } = caller.user;
        // What is not the caller's own is answered as if it were not there.
        if (holder === null || !(own || (role === 'Administrator' && !readOnly))) {
          throw new PortalError('not-found', 'There is no such session.');
        }
        const { id, kind } = holder.session;
        const reason = id === caller.id ? 'signed-out' : own && kind === 'kubernetes' ? 'closed' : 'revoked';
        await sessions.end(id, reason, caller.user.username);
        return reply.code(204).send();
      },
    );

    app.post(
      '/api/sessions/end-others',
      {
        config: { access: 'user' },
        schema: {
          summary: 'Ends all other sessions of the caller',
          tags: ['sessions'],
          response: { 200: z.object({ ended: z.int() }) },
        },
      },
      async (request) => ({ ended: await users.endOthers(sessionOf(request)) }),
    );
    done();
  };
}
