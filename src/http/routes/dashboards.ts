import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { WebSocketServer } from 'ws';
import { PortalError } from '../../core/portal-error.ts';
import { dashboardSchema, openDashboardSchema, podTerminalSchema } from '../../wire/dashboard.ts';
import type { PodTerminal } from '../../wire/dashboard.ts';
import { endsByView, instantView } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { authenticate } from '../authentication.ts';
import { addressOf } from '../errors.ts';
import { findKubernetesSession } from '../kubernetes-session.ts';
import type { Origins } from '../origin.ts';
import { requirePlace } from '../place.ts';
import type { HttpPorts } from '../ports.ts';

const PATH = /^\/api\/dashboards\/([A-Za-z0-9_-]{1,64})\/(?:streams|terminal\?(.{1,1024}))$/;
const MOST_MESSAGE_BYTES = 16 * 1024;

/** Dashboards: opened here, used at the gateway and over a websocket (`createDashboardUpgrades`). */
export function dashboardsRoutes(ports: HttpPorts): FastifyPluginCallbackZod {
  const { tenants, sessions, clock } = ports;
  return (app, _options, done) => {
    app.post(
      '/api/dashboards',
      {
        config: { access: 'user', bearer: false },
        schema: {
          summary: 'Opens the dashboard of a cluster or a tenant: starts or joins the Kubernetes session there',
          tags: ['dashboards'],
          body: openDashboardSchema,
          response: { 201: dashboardSchema },
        },
      },
      async (request, reply) => {
        ports.drain.admitStream();
        const portal = sessionOf(request);
        const { cluster, tenant } = requirePlace(ports, portal, request.body.cluster, request.body.tenant);
        if (cluster.state === 'building' || cluster.state === 'starting')
          throw new PortalError('cluster-unavailable', `The cluster ${cluster.name} is not ready yet.`);
        const session = await sessions.openKubernetes(portal, cluster.id, tenant?.id ?? null);
        session.touch();
        const { username, readOnly } = portal.user;
        await ports.signIn.record({
          at: clock.now(),
          event: 'dashboard.opened',
          actor: username,
          subject: session.id,
          address: addressOf(request),
          sentence: `${username} opened the dashboard of ${cluster.id}${tenant === null ? '' : `, tenant ${tenant.name}`}.`,
        });
        const deadline = session.deadline();
        return reply.code(201).send({
          sessionId: session.id,
          cluster: { id: cluster.id, name: cluster.name },
          tenant: tenant === null ? null : { name: tenant.name, namespace: tenant.namespace },
          readOnly: readOnly || (tenant !== null && tenants.entryOf(portal.user, tenant.id) === 'read-only'),
          endsAt: instantView(deadline.at),
          endsBy: endsByView(deadline),
        });
      },
    );
    done();
  };
}

/** Serves the websockets of dashboards: streams and terminals. The upgrade needs the cookie and our exact origin. */
export function createDashboardUpgrades(ports: HttpPorts, origins: Origins) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false });
  const { sessions, tenants } = ports;

  return {
    what: 'the streams of a dashboard',
    matches: (path: string): boolean => PATH.test(path),

    /** @throws PortalError; nothing has been written then */
    async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      const [, id = '', query] = PATH.exec(request.url ?? '') ?? [];
      const portal = await authenticate(sessions, origins, request, { bearer: [], cookie: 'strict' });
      ports.drain.admitStream();
      const session = await findKubernetesSession(sessions, portal, id);
      if (!tenants.mayEnter(session.user, session.clusterId ?? '', session.tenantId))
        throw new PortalError('forbidden', 'You may not reach this cluster or tenant any more.');
      if (query !== undefined)
        return ports.dashboards.openTerminal(session, terminal(query), { request, socket, head });
      server.handleUpgrade(request, socket, head, (websocket) => ports.dashboards.attach(session, websocket, socket));
    },
  };
}

/** @throws PortalError `invalid-request` */
function terminal(query: string): PodTerminal {
  const asked = podTerminalSchema.safeParse(Object.fromEntries(new URLSearchParams(query))).data;
  if (asked === undefined) throw new PortalError('invalid-request', 'Name a namespace, a pod and a container of it.');
  return asked;
}
