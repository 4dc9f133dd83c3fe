import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Account } from '../../identity/ports.ts';
import { listQuerySchema, pageOf, sortQuery } from '../../wire/list.ts';
import { USER_SORTS, createUserSchema, updateUserSchema, userSchema } from '../../wire/user.ts';
import type { UserView } from '../../wire/user.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';
import type { FastifyRequest } from 'fastify';

const nameParams = z.object({ username: z.string().min(1).max(256) });

/** Users, for administrators. Writes need a recent authentication. */
export function usersRoutes({ users, tenants, store }: HttpPorts): FastifyPluginCallbackZod {
  const userView = ({ user, lastSignInAt }: Omit<Account, 'passwordHash'>, liveSessions: number): UserView => ({
    username: user.username,
    role: user.role,
    readOnly: user.readOnly,
    disabled: user.disabledAt !== null,
    createdAt: iso(user.createdAt),
    lastSignInAt: lastSignInAt === null ? null : iso(lastSignInAt),
    liveSessions,
    tenants: tenants.tenantsOf(user).map(({ tenant: { id, name }, readOnly }) => ({ id, name, readOnly })),
  });

  return (app, _options, done) => {
    app.get(
      '/api/users',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'The users',
          tags: ['users'],
          querystring: listQuerySchema.extend(sortQuery(USER_SORTS, 'username', 'asc')),
          response: { 200: pageOf(userSchema) },
        },
      },
      async ({ query: { page, pageSize, ...query } }) => {
        const { items, total } = await store.listAccounts({ ...query, offset: (page - 1) * pageSize, limit: pageSize });
        const live = await store.countLivePortals(items.map(({ user }) => user.id));
        const views = items.map((account) => userView(account, live.get(account.user.id) ?? 0));
        return { items: views, total, page, pageSize };
      },
    );

    app.post(
      '/api/users',
      {
        // As with API tokens: an account that a handed-over token makes, or a password that it sets, would outlive it.
        config: { access: 'administrator', recent: true, apiTokens: 'permanent' },
        schema: { summary: 'Creates a user', tags: ['users'], body: createUserSchema, response: { 201: userSchema } },
      },
      async (request, reply) => {
        const user = await users.create(request.body, actorOf(request));
        return reply.code(201).send(userView({ user, lastSignInAt: null }, 0));
      },
    );

    app.patch(
      '/api/users/:username',
      {
        config: { access: 'administrator', recent: true, apiTokens: 'permanent' },
        schema: {
          summary: 'Changes a user; what takes access away ends the sessions that had it',
          tags: ['users'],
          params: nameParams,
          body: updateUserSchema,
          response: { 200: userSchema },
        },
      },
      async (request) => {
        const { lastSignInAt } = await users.find(request.params.username);
        const user = await users.update(request.params.username, request.body, actorOf(request));
        const live = await store.countLivePortals([user.id]);
        return userView({ user, lastSignInAt }, live.get(user.id) ?? 0);
      },
    );

    app.delete(
      '/api/users/:username',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Deletes a user; the name is never used again',
          tags: ['users'],
          params: nameParams,
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        await users.delete(request.params.username, actorOf(request));
        return reply.code(204).send();
      },
    );
    done();
  };
}

export function actorOf(request: FastifyRequest) {
  const session = sessionOf(request);
  return { username: session.user.username, address: addressOf(request), session };
}
