import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { throttlePasswordProof } from '../../identity/sign-in.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { apiTokenSchema, changePasswordSchema, instantView, ownSessionSchema } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { clearSessionCookie } from '../cookies.ts';
import { addressOf } from '../errors.ts';
import { streamEvents } from '../events.ts';
import type { HttpPorts } from '../ports.ts';
import { CHECK_PATH } from '../session-check.ts';
import { ownSessionView } from '../session-view.ts';

const empty = z.void().describe('Nothing');

/** Everything about the own session, up to signing out. */
export function sessionRoutes(ports: HttpPorts): FastifyPluginCallbackZod {
  const { sessions, clock } = ports;
  const view = (session: LiveSession) => ownSessionView(session, sessions, clock);

  return (app, _options, done) => {
    app.get(
      '/api/session',
      {
        config: { access: 'user' },
        schema: { summary: 'The own session', tags: ['session'], response: { 200: ownSessionSchema } },
      },
      (request) => view(sessionOf(request)),
    );

    app.delete(
      '/api/session',
      { config: { access: 'user' }, schema: { summary: 'Signs out', tags: ['session'], response: { 204: empty } } },
      async (request, reply) => {
        const session = sessionOf(request);
        await sessions.end(session.id, 'signed-out', session.user.username);
        clearSessionCookie(reply);
        return reply.code(204).header('clear-site-data', '"cache"').send();
      },
    );

    app.get(
      CHECK_PATH,
      {
        config: { access: 'user', activity: false, cookie: 'anywhere' },
        schema: {
          summary: 'Whether the session lives; for forward authentication',
          tags: ['session'],
          response: { 204: empty },
        },
      },
      (_request, reply) => {
        reply.code(204).send();
      },
    );

    app.post(
      '/api/session/activity',
      {
        config: { access: 'user' },
        schema: { summary: 'Says that a person is here', tags: ['session'], response: { 200: ownSessionSchema } },
      },
      (request) => view(sessionOf(request)),
    );

    app.get(
      '/api/session/events',
      {
        config: { access: 'user', activity: false, cookie: 'strict' },
        schema: {
          summary: 'Server-sent events: `session`, `warning`, `ended`',
          description:
            'The data of each event is JSON. `session`: how the session stands, at first and after each change of it, ' +
            'or of a Kubernetes session under it. ' +
            '`warning`: `sessionId`, `endsAt`, `endsBy`, once for each deadline, when the session expiry warning ' +
            'begins. `ended`: when, why and by which limit; the last event.',
          tags: ['session'],
          produces: ['text/event-stream'],
        },
      },
      (request, reply) => streamEvents(ports, sessionOf(request), reply),
    );

    app.put(
      '/api/session/password',
      {
        config: { access: 'user' },
        schema: {
          summary: "Changes the own password and ends the user's other sessions",
          tags: ['session'],
          body: changePasswordSchema,
          response: { 204: empty },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request);
        const { currentPassword, newPassword } = request.body;
        const by = { username: session.user.username, address: addressOf(request), session };
        await throttlePasswordProof(ports.signIn, by.username, by.address, () =>
          ports.users.changePassword(session, currentPassword, newPassword, by),
        );
        return reply.code(204).send();
      },
    );

    app.post(
      '/api/session/api-token',
      {
        config: { access: 'user', recent: true },
        schema: {
          summary: 'A bearer token that dies with this session; shown once',
          tags: ['session'],
          response: { 201: apiTokenSchema },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request);
        const token = await sessions.issueToken(session, 'api', addressOf(request));
        return reply.code(201).send({ token, endsAt: instantView(session.latestEndAt()) });
      },
    );
    done();
  };
}
