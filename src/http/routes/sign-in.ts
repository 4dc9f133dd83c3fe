import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { PortalError } from '../../core/portal-error.ts';
import { createFirstAdministrator } from '../../identity/first-administrator.ts';
import { signIn, startSession } from '../../identity/sign-in.ts';
import type { SignedIn } from '../../identity/sign-in.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { takeShellsAlong } from '../../sessions/take-shells-along.ts';
import { setupSchema, signInSchema, signedInSchema } from '../../wire/session.ts';
import { authenticate } from '../authentication.ts';
import { DEVICE_COOKIE, readCookie, setSessionCookies } from '../cookies.ts';
import { addressOf } from '../errors.ts';
import { requireOurPageOrNoBrowser } from '../origin.ts';
import type { Origins } from '../origin.ts';
import type { HttpPorts } from '../ports.ts';
import { ownSessionView } from '../session-view.ts';

/** Signing in, and creating the first administrator, who is signed in by that. */
export function signInRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { sessions, clock } = ports;

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
        requireOurPageOrNoBrowser(request.raw, origins);
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
        requireOurPageOrNoBrowser(request.raw, origins);
        const current = bearer ? null : await currentSession(request);
        const attempt = { username, password, ...attemptOf(request, current, bearer) };
        return answerSignIn(reply, await signIn(ports.signIn, attempt), bearer);
      },
    );
    done();
  };

  function answerSignIn(reply: FastifyReply, { session, token, device }: SignedIn, bearer: boolean) {
    const view = ownSessionView(session, sessions, clock);
    if (bearer) return reply.code(201).send({ ...view, token });
    setSessionCookies(reply, token, device);
    return reply.code(201).send(view);
  }

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
