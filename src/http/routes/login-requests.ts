import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { POLL_EVERY_MS } from '../../identity/login-requests.ts';
import { networkOf } from '../../identity/throttle.ts';
import {
  askLoginSchema,
  askedLoginSchema,
  decideLoginSchema,
  decidedLoginSchema,
  loginRequestSchema,
  pendingLoginSchema,
  takeLoginSchema,
  takenLoginSchema,
  viewLoginSchema,
} from '../../wire/login-request.ts';
import { sessionOf } from '../access.ts';
import { requireRecentAuthentication } from '../authentication.ts';
import { addressOf } from '../errors.ts';
import { requireOurPageOrNoBrowser } from '../origin.ts';
import type { Origins } from '../origin.ts';
import type { HttpPorts } from '../ports.ts';
import { iso, ownSessionView } from '../session-view.ts';

const POLL_AFTER_SECONDS = POLL_EVERY_MS / 1000;

/** Signing command lines in by the consent of somebody in a browser (docs/adr/0018). */
export function loginRequestsRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { loginRequests, sessions, clock } = ports;

  return (app, _options, done) => {
    app.post(
      '/api/login-requests',
      {
        config: { access: 'public' },
        schema: {
          summary: 'A command line asks to be signed in by somebody in a browser',
          tags: ['login'],
          body: askLoginSchema,
          response: { 201: askedLoginSchema },
        },
      },
      async (request, reply) => {
        requireOurPageOrNoBrowser(request.raw, origins);
        const { challenge, hostname, redirectPort = null } = request.body;
        const asked = { challenge, hostname, redirectPort, address: addressOf(request) };
        const { userCode, expiresInMs } = await loginRequests.ask(asked);
        const expiresInSeconds = expiresInMs / 1000;
        return reply.code(201).send({ userCode, expiresInSeconds, pollAfterSeconds: POLL_AFTER_SECONDS });
      },
    );

    app.post(
      '/api/login-requests/token',
      {
        config: { access: 'public' },
        schema: {
          summary: 'The command line fetches its token, once; 202 where nobody has decided yet',
          tags: ['login'],
          body: takeLoginSchema,
          response: { 201: takenLoginSchema, 202: pendingLoginSchema },
        },
      },
      async (request, reply) => {
        requireOurPageOrNoBrowser(request.raw, origins);
        const { verifier, code = null } = request.body;
        const signedIn = await loginRequests.take(verifier, code, addressOf(request));
        if (signedIn === null) return reply.code(202).send({ pollAfterSeconds: POLL_AFTER_SECONDS });
        const { session, token } = signedIn;
        return reply.code(201).send({ ...ownSessionView(session, sessions, clock), token });
      },
    );

    app.post(
      '/api/login-requests/view',
      {
        config: { access: 'user', bearer: false },
        schema: {
          summary: 'What a command line asks for',
          tags: ['login'],
          body: viewLoginSchema,
          response: { 200: loginRequestSchema },
        },
      },
      async (request) => {
        const from = addressOf(request);
        const found = await loginRequests.find(request.body, sessionOf(request), from);
        return {
          hostname: found.hostname,
          address: found.address,
          fromSameNetwork: found.network === networkOf(from),
          requestedAt: iso(found.requestedAt),
          expiresAt: iso(found.expiresAt),
        };
      },
    );

    app.post(
      '/api/login-requests/decision',
      {
        config: { access: 'user', bearer: false },
        schema: {
          summary: 'Lets a command line sign in, which needs a sign-in at most ten minutes old, or refuses it',
          tags: ['login'],
          body: decideLoginSchema,
          response: { 200: decidedLoginSchema },
        },
      },
      async (request) => {
        const session = sessionOf(request);
        const { approve, ...named } = request.body;
        if (approve) requireRecentAuthentication(session, clock);
        const { request: decided, code } = await loginRequests.decide(named, approve, session, addressOf(request));
        return { redirectPort: decided.redirectPort, code };
      },
    );
    done();
  };
}
