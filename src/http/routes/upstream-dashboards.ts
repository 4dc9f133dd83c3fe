import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../../core/portal-error.ts';
import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import {
  enterUpstreamDashboardSchema,
  registerUpstreamDashboardSchema,
  upstreamDashboardListSchema,
  upstreamDashboardSchema,
  upstreamEntrySchema,
} from '../../wire/upstream-dashboard.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { Origins } from '../origin.ts';
import type { HttpPorts } from '../ports.ts';
import { actorOf } from './users.ts';

const dashboardParams = z.object({ id: z.string().max(64) });
const PATH = '/api/upstream-dashboards';

/** Dashboards of others' making on hostnames of their own: registered by administrators, entered by a one-time code. */
export function upstreamDashboardsRoutes(ports: HttpPorts, origins: Origins): FastifyPluginCallbackZod {
  const { upstreamDashboards, tenants, sessions } = ports;
  const tags = ['dashboards'];
  const reaches = ({ user }: LiveSession, { clusterId }: UpstreamDashboard): boolean =>
    tenants.mayEnter(user, clusterId, null);

  return (app, _options, done) => {
    app.get(
      PATH,
      {
        config: { access: 'user' },
        schema: {
          summary: 'The registered dashboards of the clusters that the caller reaches as a whole',
          tags,
          response: { 200: upstreamDashboardListSchema },
        },
      },
      (request) => {
        const caller = sessionOf(request);
        const reached = upstreamDashboards.list().filter((each) => reaches(caller, each));
        return { items: reached.map((each) => view(each, caller, origins.home(request.raw))) };
      },
    );

    app.post(
      PATH,
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Registers a dashboard for a cluster, on a hostname of its own',
          tags,
          body: registerUpstreamDashboardSchema,
          response: { 201: upstreamDashboardSchema },
        },
      },
      async (request, reply) => {
        const caller = sessionOf(request);
        const { cluster: clusterId, ...rest } = request.body;
        const dashboard = await upstreamDashboards.register({ ...rest, clusterId }, actorOf(request));
        return reply.code(201).send(view(dashboard, caller, origins.home(request.raw)));
      },
    );

    app.delete(
      `${PATH}/:id`,
      {
        config: { access: 'administrator', recent: true },
        schema: {
          summary: 'Removes a dashboard; what is open there ends at once',
          tags,
          params: dashboardParams,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await upstreamDashboards.remove(request.params.id, actorOf(request));
        return reply.code(204).send(null);
      },
    );

    app.post(
      `${PATH}/:id/entry`,
      {
        config: { access: 'user', bearer: false },
        schema: {
          summary: 'Lets the browser that asked enter a dashboard: starts or joins the Kubernetes session',
          tags,
          params: dashboardParams,
          body: enterUpstreamDashboardSchema,
          response: { 201: upstreamEntrySchema },
        },
      },
      async (request, reply) => {
        ports.drain.admitStream();
        const portal = sessionOf(request);
        const dashboard = upstreamDashboards.find(request.params.id);
        if (dashboard === undefined || !reaches(portal, dashboard))
          throw new PortalError('not-found', 'There is no such dashboard, or you do not reach its cluster.');
        const session = await sessions.openKubernetes(portal, dashboard.clusterId);
        session.touch();
        const code = await ports.agreeToEnter(session, dashboard, request.body.state, addressOf(request));
        const url = `${addressOn(origins.home(request.raw), dashboard.hostname)}/.curfew/enter?code=${code}`;
        return reply.code(201).send({ url });
      },
    );
    done();
  };
}

function view(
  { id, clusterId, name, hostname, upstream, passesCredential }: UpstreamDashboard,
  { user }: LiveSession,
  home: string,
) {
  const isAdministrator = user.role === 'Administrator';
  return {
    ...{ id, cluster: clusterId, name, hostname },
    url: `${addressOn(home, hostname)}/`,
    upstream: isAdministrator ? upstream : null,
    passesCredential: isAdministrator ? passesCredential : null,
  };
}

/** Where a hostname is served: as the portal, under another name. */
function addressOn(home: string, hostname: string): string {
  const url = new URL(home);
  url.hostname = hostname;
  return url.origin;
}
