import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../../core/portal-error.ts';
import { createFirstAdministrator } from '../../identity/first-administrator.ts';
import { signIn, startSession, throttlePasswordProof } from '../../identity/sign-in.ts';
import type { SignedIn } from '../../identity/sign-in.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { takeShellsAlong } from '../../sessions/take-shells-along.ts';
import {
  apiTokenSchema,
  changePasswordSchema,
  instantView,
  ownSessionSchema,
  setupSchema,
  signInSchema,
  signedInSchema,
} from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { authenticate } from '../authentication.ts';
import { DEVICE_COOKIE, clearSessionCookie, readCookie, setSessionCookies } from '../cookies.ts';
import { addressOf } from '../errors.ts';
import { streamEvents } from '../events.ts';
import { isFromOurPage } from '../origin.ts';
import type { Origins } from '../origin.ts';
import type { HttpPorts } from '../ports.ts';
import { CHECK_PATH } from '../session-check.ts';
import { ownSessionView } from '../session-view.ts';

const empty = z.void().describe('Nothing');

/** Signing in and out, and everything about the own session. */
export function sessionRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { sessions, clock } = ports;
  const view = (session: LiveSession) => ownSessionView(session, sessions, clock);

  const answerSignIn = (reply: FastifyReply, { session, token, device }: SignedIn, bearer: boolean) => {
    if (bearer) return reply.code(201).send({ ...view(session), token });
    setSessionCookies(reply, token, device);
    return reply.code(201).send(view(session));
  };

  return (app, _options, done) => {
    app.post(
      '/api/setup',
      {
        config: { access: 'public' },
        schema: {
          summary: 'Creates the first administrator',
          tags: ['session'],
          body: setupSchema,
          response: { 201: signedInSchema },
        },
      },
      async (request, reply) => {
        requireOurPageOrNoBrowser(request, origins);
        const account = await createFirstAdministrator(ports.signIn, request.body, addressOf(request));
        const signedIn = await startSession(ports.signIn, account, attemptOf(request, null, false));
        return answerSignIn(reply, signedIn, false);
      },
    );

    app.post(
      '/api/session',
      {
        config: { access: 'public' },
        schema: {
          summary: 'Signs in, or re-authenticates: the session that the browser had is replaced',
          tags: ['session'],
          body: signInSchema,
          response: { 201: signedInSchema },
        },
      },
      async (request, reply) => {
        const { username, password, bearer = false } = request.body;
        requireOurPageOrNoBrowser(request, origins);
        const current = bearer ? null : await currentSession(request);
        const attempt = { username, password, ...attemptOf(request, current, bearer) };
        return answerSignIn(reply, await signIn(ports.signIn, attempt), bearer);
      },
    );

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
            'The data of each event is JSON. `session`: how the session stands, at first and after each change. ' +
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

  function attemptOf(request: FastifyRequest, current: LiveSession | null, bearer: boolean) {
    return {
      purpose: bearer ? ('bearer' as const) : ('cookie' as const),
      address: addressOf(request),
      device: bearer ? null : readCookie(request.headers.cookie, DEVICE_COOKIE),
      current,
      takeAlong: (from: LiveSession, to: LiveSession) => takeShellsAlong(ports, from, to),
    };
  }

  /** The live session of the browser that signs in, if it has one. */
  async function currentSession(request: FastifyRequest): Promise<LiveSession | null> {
    try {
      return await authenticate(sessions, origins, request.raw, { bearer: [], cookie: 'strict' });
    } catch (error) {
      if (error instanceof PortalError) return null;
      throw error;
    }
  }
}

/** Signing in is no use of a cookie, yet another site must not do it in somebody's browser (login CSRF). */
function requireOurPageOrNoBrowser(request: FastifyRequest, origins: Origins): void {
  const origin = origins.of(request.raw);
  if (origin !== null && isFromOurPage(request.raw, origin, false)) return;
  throw new PortalError('origin-refused', 'The request did not come from a page of this portal.');
}
