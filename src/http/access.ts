import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LiveSession } from '../sessions/live-session.ts';
import { endedError } from '../sessions/refusals.ts';
import { ACTIVITY_HEADER } from '../wire/session.ts';
import { authenticate, requireAdministrator, requireRecentAuthentication } from './authentication.ts';
import type { CredentialRules } from './authentication.ts';
import type { Origins } from './origin.ts';
import type { HttpPorts } from './ports.ts';

/** Who may call a route. Every route says so; one that does not is refused when the server is built. */
export type Access = 'public' | 'user' | 'administrator';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Needs an authentication within ten minutes; `of-cookies`: only where a cookie authenticates (docs/adr/0017). */
    recent?: boolean | 'of-cookies';
    /** Whether API tokens will do; yes unless said otherwise. `permanent`: only such a one, and no temporary one. */
    apiTokens?: boolean | 'permanent';
    /** Whether a bearer token of any kind will do; yes unless said otherwise: then only somebody in a browser. */
    bearer?: boolean;
    /** Whether calling it is something that a person does; yes unless said otherwise. */
    activity?: boolean;
    /**
     * How surely a request with a cookie must come from a page of ours, where the method alone does not say it:
     * `anywhere` is for forward authentication, whose headers are those of somebody else's request.
     */
    cookie?: 'strict' | 'anywhere';
  }
  interface FastifyRequest {
    session: LiveSession | null;
  }
}

/** Authenticates and authorizes every request before anything else looks at it, its body included. */
export function registerAccess(app: FastifyInstance, ports: HttpPorts, origins: Origins): void {
  app.decorateRequest('session', null);

  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`the route ${route.url} does not say who may call it`);
    if (route.method !== 'GET' && route.method !== 'HEAD') route.preValidation = lookAgain;
  });

  // Once the body is there: it may have taken its time, and the session may have ended or lost its rights meanwhile.
  function lookAgain(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
    const { session } = request;
    const end = session?.end() ?? null;
    if (session === null) return done();
    if (end !== null) return done(endedError(session.kind, end));
    try {
      authorize(request, session, ports);
    } catch (error) {
      return done(error as Error);
    }
    done();
  }

  // With a callback and not async: a session that is held in memory is decided without a turn of the event loop.
  app.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || access === 'public') return done();
    try {
      const session = authenticate(ports.sessions, origins, request.raw, rulesOf(request));
      if (session instanceof Promise) {
        session.then((each) => admit(request, each, ports)).then(() => done(), done);
        return;
      }
      admit(request, session, ports);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}

const API_TOKENS = ['api', 'permanent'] as const;

/** The session of a request whose route asks for one. */
export function sessionOf(request: FastifyRequest): LiveSession {
  if (request.session === null) throw new Error(`the route ${request.url} has no session`);
  return request.session;
}

function rulesOf(request: FastifyRequest): CredentialRules {
  const {
    bearer = true,
    apiTokens = bearer,
    cookie = isSafe(request) ? 'read' : 'strict',
  } = request.routeOptions.config;
  const tokens = apiTokens === 'permanent' ? (['permanent'] as const) : apiTokens ? API_TOKENS : [];
  return { bearer: [...(bearer ? ['bearer' as const] : []), ...tokens], cookie };
}

function isSafe({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function admit(request: FastifyRequest, session: LiveSession, ports: HttpPorts): void {
  const { activity } = request.routeOptions.config;
  // Before it is decided whether the request is served: a refusal is recorded with whose it was.
  request.session = session;
  authorize(request, session, ports);
  if (activity !== false && request.headers[ACTIVITY_HEADER.toLowerCase()] !== 'none') session.touch();
}

function authorize(request: FastifyRequest, session: LiveSession, ports: HttpPorts): void {
  const { access, recent } = request.routeOptions.config;
  if (access === 'administrator') requireAdministrator(session, !isSafe(request));
  const isRecentAsked = recent === true || (recent === 'of-cookies' && request.headers.authorization === undefined);
  if (isRecentAsked) requireRecentAuthentication(session, ports.clock);
}
