import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Timer } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { registerAccess } from './access.ts';
import { registerBundle } from './bundle.ts';
import { CONTENT_SECURITY_POLICY } from './content-security-policy.ts';
import { registerDocumentation } from './documentation.ts';
import { answerUnrouted, problemOf, registerErrors, registerErrorsAs } from './errors.ts';
import { askedOf, noteRefusal } from './noted-refusals.ts';
import { hostRefusal } from './origin.ts';
import type { Origins } from './origin.ts';
import { GATEWAY_PREFIX } from './ports.ts';
import type { HttpPorts, ListenerTls } from './ports.ts';
import { apiTokensRoutes } from './routes/api-tokens.ts';
import { auditRoutes } from './routes/audit.ts';
import { replicasRoutes } from './routes/replicas.ts';
import { clustersRoutes } from './routes/clusters.ts';
import { dashboardsRoutes } from './routes/dashboards.ts';
import { grantsRoutes } from './routes/grants.ts';
import { handOverRoutes } from './routes/hand-over.ts';
import { loginRequestsRoutes } from './routes/login-requests.ts';
import { operationsRoutes } from './routes/operations.ts';
import { scopeLimitsRoutes } from './routes/scope-limits.ts';
import { sessionRoutes } from './routes/session.ts';
import { sessionsRoutes } from './routes/sessions.ts';
import { shellsRoutes } from './routes/shells.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { systemConfigRoutes } from './routes/system-config.ts';
import { tenantsRoutes } from './routes/tenants.ts';
import { upstreamDashboardsRoutes } from './routes/upstream-dashboards.ts';
import { usersRoutes } from './routes/users.ts';
import { answerCheck } from './session-check.ts';
import { boundUnreadBody, hasBody } from './slow-body.ts';
import { WaitingConnections } from './waiting-connections.ts';
import type { ConnectionBounds } from './waiting-connections.ts';
import { createUpgrades } from './upgrades.ts';
import { registerWeb } from './web.ts';

const MOST_BODY_BYTES = 64 * 1024;
/** What anybody may ask for: the pages and the documentation. */
const PUBLIC = /^\/(?!api\/|k8s\/|\/|v[23]\/|adminproxy\/|subscriptions\/|admin\/[A-Z])|^\/api\/(docs|openapi\.json)/;

/** Clients of the compatible API put a slash after an address that ends in one. */
const DOUBLE_SLASH = /^\/\/(?:(?:v[23]|admin|adminproxy|subscriptions|frontdoor|app)\/|build-metadata\.json)/;

export interface HttpServer {
  /** Listens on both ports. */
  listen(): Promise<void>;
  /** Shows the new certificate to connections that are made from now on; those that are there stay. */
  renewTls(): void;
  /** Takes no more connections; resolves when the requests that are under way are answered, at the latest at `until`. */
  finishRequests(until: number): Promise<void>;
  close(): Promise<void>;
  readonly app: FastifyInstance;
}

/**
 * Builds the server: one handler behind the plain and the TLS listener. What begins with `/k8s/` goes to the gateway
 * as raw bytes, before a router could decode it; everything else is Fastify's.
 */
export async function createHttpServer(
  ports: HttpPorts,
  origins: Origins,
  bounds: ConnectionBounds,
): Promise<HttpServer> {
  const { settings } = ports;
  const upgrades = createUpgrades(ports, origins);
  const timeouts = timeoutsOf(bounds);
  const waiting = new WaitingConnections(bounds.mostWaiting);
  let listener: RequestListener = () => undefined;
  const loggerInstance: FastifyBaseLogger = ports.log;

  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MOST_BODY_BYTES,
    rewriteUrl: ({ url = '/' }) => (DOUBLE_SLASH.test(url) ? url.slice(1) : url),
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    frameworkErrors: (_error, _request, reply) => void answerUnrouted(reply, ports.metrics.countRefusal),
    serverFactory(handler) {
      listener = dispatch(handler);
      return createServer(timeouts, listener);
    },
  });
  const tlsServer =
    settings.tls === null
      ? null
      : createTlsServer(
          { ...timeouts, ...contextOf(settings.tls.files()), ALPNProtocols: ['http/1.1'] },
          (request, response) => listener(request, response),
        );

  let closed: Promise<unknown> | null = null;
  for (const server of [app.server, tlsServer]) {
    if (server === null) continue;
    waiting.watch(server);
    server.on('upgrade', (request, socket, head) => {
      waiting.upgraded(request);
      upgrades.handle(request, socket, head);
    });
  }
  await buildApp(app, ports, origins);

  function dispatch(handler: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      const isForDashboard = ports.upstreamHosts.serves(request);
      const isForGateway = !isForDashboard && request.url?.startsWith(GATEWAY_PREFIX) === true;
      boundUnreadBody(request, response, ports.clock, isForDashboard || isForGateway);
      // A client that keeps its connection would be surprised by its end.
      if (ports.drain.isOn()) response.shouldKeepAlive = false;
      const refusal = hostRefusal(request, origins, isForDashboard);
      if (refusal !== null) return refuseRequest(response, refusal);
      if (isForDashboard) {
        waiting.serves(request, response, true);
        return ports.upstreamHosts.handleRequest(request, response);
      }
      if (!isForGateway && answerCheck(ports.sessions, origins, request, response)) return waiting.answers(request);
      if (PUBLIC.test(request.url ?? '')) waiting.answers(request);
      else waiting.serves(request, response, isForGateway || !hasBody(request));
      if (isForGateway) return ports.gateway.handleRequest(request, response);
      handler(request, response);
    };
  }

  /** Resolves once the last connection is gone that is no tunnel. */
  function stopListening(): Promise<unknown> {
    closed ??= Promise.all([
      app.close(),
      new Promise((resolve) => (tlsServer === null ? resolve(null) : tlsServer.close(resolve))),
    ]);
    return closed;
  }

  return {
    app,
    async listen() {
      await app.listen({ host: settings.plainHost, port: settings.port });
      if (tlsServer !== null && settings.tls !== null) await listenOn(tlsServer, settings.tls.port, settings.host);
    },
    renewTls() {
      if (tlsServer !== null && settings.tls !== null) tlsServer.setSecureContext(contextOf(settings.tls.files()));
    },
    async finishRequests(until) {
      const { clock } = ports;
      let timer: Timer | undefined;
      const late = new Promise<void>((resolve) => (timer = clock.setTimer(until, resolve)));
      await Promise.race([stopListening(), late]);
      timer?.dispose();
    },
    async close() {
      const stopped = stopListening();
      for (const server of [app.server, tlsServer]) server?.closeAllConnections();
      upgrades.destroyAll();
      await stopped;
    },
  };
}

async function buildApp(app: FastifyInstance, ports: HttpPorts, origins: Origins): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const refused = (code: ErrorCode, request: FastifyRequest): void => noteRefusal(ports, code, askedOf(request));
  registerErrors(app, refused);
  app.removeAllContentTypeParsers();
  // Clients send a JSON content type also without a body.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(new PortalError('invalid-request', 'The body is not valid JSON.'));
    }
  });
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: CONTENT_SECURITY_POLICY,
    },
    hsts: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control'))
      void reply.header('cache-control', 'no-store');
    done();
  });
  // Documentation and the web UI are public files: they come before the rule that every route says who may call it.
  await registerDocumentation(app);
  await registerBundle(app, ports.settings.bundleRoot);
  await registerWeb(app, ports.settings.webRoot);
  registerAccess(app, ports, origins);
  for (const routes of [
    signInRoutes(ports, origins),
    loginRequestsRoutes(ports, origins),
    sessionRoutes(ports),
    handOverRoutes(ports),
    systemConfigRoutes(ports),
    scopeLimitsRoutes(ports),
    sessionsRoutes(ports),
    usersRoutes(ports),
    apiTokensRoutes(ports),
    clustersRoutes(ports, origins),
    grantsRoutes(ports),
    tenantsRoutes(ports),
    shellsRoutes(ports),
    dashboardsRoutes(ports),
    upstreamDashboardsRoutes(ports, origins),
    auditRoutes(ports),
    replicasRoutes(ports),
    operationsRoutes(ports),
  ]) {
    await app.register(routes);
  }
  await app.register(async (compatible) => {
    registerErrorsAs(compatible, refused, ports.compatibleApi.bodyOf);
    await compatible.register(ports.compatibleApi.routes);
  });
}

/** Bodies and streams at the gateway may take as long as they like. */
function timeoutsOf({ headersWithinMs, checkedEveryMs }: ConnectionBounds) {
  return {
    handshakeTimeout: headersWithinMs,
    headersTimeout: headersWithinMs,
    connectionsCheckingInterval: checkedEveryMs,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    maxHeaderSize: 32 * 1024,
  };
}

function contextOf({ cert, key }: ListenerTls): SecureContextOptions {
  return { cert, key };
}

function refuseRequest(response: ServerResponse, error: PortalError): void {
  const problem = problemOf(error);
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' })
    .end(JSON.stringify(problem));
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
