import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LiveApiToken } from '../../sessions/api-tokens.ts';
import {
  madeTokenSchema,
  makeTokenSchema,
  permanentTokenListSchema,
  tokenNoticesSchema,
} from '../../wire/api-token.ts';
import type { PermanentTokenView } from '../../wire/api-token.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

const nameParams = z.object({ username: z.string().min(1).max(256) });

/** Permanent API tokens: administrators make and revoke them, users see their own (and revoke them as sessions). */
export function apiTokensRoutes({ users, apiTokens, tokenNotices }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/api/users/:username/tokens',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'The live API tokens of a user',
          tags: ['users'],
          params: nameParams,
          response: { 200: permanentTokenListSchema },
        },
      },
      async (request) => {
        const { user } = await users.find(request.params.username);
        return { items: (await apiTokens.listOf(user.id)).map(tokenView) };
      },
    );

    app.post(
      '/api/users/:username/tokens',
      {
        // Not by a token that was handed to a program: what that makes would outlive it.
        config: { access: 'administrator', recent: true, apiTokens: 'permanent' },
        schema: {
          summary: 'Makes a permanent API token for a user; shown once',
          tags: ['users'],
          params: nameParams,
          body: makeTokenSchema,
          response: { 201: madeTokenSchema },
        },
      },
      async (request, reply) => {
        const { user } = await users.find(request.params.username);
        const by = sessionOf(request).user.username;
        const { token, session } = await apiTokens.make(user, request.body, by, addressOf(request));
        return reply.code(201).send({ ...tokenView(session), token });
      },
    );

    app.delete(
      '/api/users/:username/tokens/:id',
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Revokes an API token; what is open with it ends at once',
          tags: ['users'],
          params: nameParams.extend({ id: z.string().max(64) }),
          response: { 204: z.void() },
        },
      },
      async (request, reply) => {
        const { user } = await users.find(request.params.username);
        await apiTokens.revoke(user, request.params.id, sessionOf(request).user.username);
        return reply.code(204).send();
      },
    );

    app.get(
      '/api/session/tokens',
      {
        config: { access: 'user' },
        schema: {
          summary: 'The own live API tokens; `DELETE /api/sessions/:id` revokes one',
          tags: ['session'],
          response: { 200: permanentTokenListSchema },
        },
      },
      async (request) => ({ items: (await apiTokens.listOf(sessionOf(request).userId)).map(tokenView) }),
    );

    app.get(
      '/api/session/token-notices',
      {
        config: { access: 'user', activity: false },
        schema: {
          summary: 'API tokens that expire soon: the own ones, and for administrators those of everybody',
          tags: ['session'],
          response: { 200: tokenNoticesSchema },
        },
      },
      async (request) => {
        const { userId, user } = sessionOf(request);
        const { days, items } = await tokenNotices.expiring(user.role === 'Administrator' ? null : userId);
        const views = items.map(({ token, username }) => {
          const { id, name, expiresAt } = tokenView(token);
          return { id, name, expiresAt, username };
        });
        return { days, items: views };
      },
    );
    done();
  };
}

function tokenView({ id, startedAt, lastActivityAt, apiToken }: LiveApiToken): PermanentTokenView {
  const { name, expiresAt, kubernetes } = apiToken;
  const lastUsedAt = lastActivityAt > startedAt ? iso(lastActivityAt) : null;
  return { id, name, madeAt: iso(startedAt), expiresAt: iso(expiresAt), lastUsedAt, kubernetes };
}
