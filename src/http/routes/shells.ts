import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { PortalError } from '../../core/portal-error.ts';
import type { LiveSession } from '../../sessions/live-session.ts';
import { endsByView, instantView } from '../../wire/session.ts';
import { openShellSchema, shellListSchema, shellSchema } from '../../wire/shell.ts';
import type { ShellView } from '../../wire/shell.ts';
import { sessionOf } from '../access.ts';
import { authenticate } from '../authentication.ts';
import { addressOf } from '../errors.ts';
import type { Origins } from '../origin.ts';
import { requirePlace } from '../place.ts';
import type { HttpPorts, ShellInfo } from '../ports.ts';
import { iso } from '../session-view.ts';

const TERMINAL_PATH = /^\/api\/shells\/([A-Za-z0-9_-]{1,64})\/terminal$/;
/** More than a page ever sends at once: a paste arrives in pieces. */
const MOST_INPUT_BYTES = 1 << 20;

/** Whose a shell is: the part that a load balancer routes by. */
const SHELL_ID = /^sh-([a-z0-9]+)_/;

const idParams = z.object({ id: z.string().max(64) });

/** kubectl shells: opened and closed here, used over a websocket (`createTerminalUpgrades`). */
export function shellsRoutes(ports: HttpPorts): FastifyPluginCallbackZod {
  const { shells, tenants, sessions } = ports;
  const shellView = ({ id, session, clusterId, startedAt }: ShellInfo): ShellView => {
    const deadline = session.deadline();
    const view = { endsAt: instantView(deadline.at), endsBy: endsByView(deadline) };
    const tenant = session.tenantId === null ? null : (tenants.find(session.tenantId)?.name ?? session.tenantId);
    return { id, cluster: clusterId, tenant, startedAt: iso(startedAt), sessionId: session.id, ...view };
  };

  return (app, _options, done) => {
    app.post(
      '/api/shells',
      {
        config: { access: 'user' },
        schema: {
          summary: 'Opens a kubectl shell',
          tags: ['shells'],
          body: openShellSchema,
          response: { 201: shellSchema },
        },
      },
      async (request, reply) => {
        ports.drain.admitStream();
        const portal = sessionOf(request);
        const { cols, rows, ...asked } = request.body;
        const { cluster, tenant } = requirePlace(ports, portal, asked.cluster, asked.tenant);
        if (cluster.state === 'building' || cluster.state === 'starting') {
          throw new PortalError('cluster-unavailable', `The cluster ${cluster.name} is not ready yet.`);
        }
        const { available, reason } = shells.availability();
        if (!available)
          throw new PortalError('shell-unavailable', reason ?? 'The kubectl shell is off on this machine.');
        const session = await sessions.openKubernetes(portal, cluster.id, tenant?.id ?? null);
        // The access may have gone meanwhile, and behind the shell's relay nobody asks for it again.
        if (!tenants.mayEnter(portal.user, cluster.id, session.tenantId)) {
          await sessions.end(session.id, 'revoked');
          throw new PortalError('not-found', 'There is no such cluster.');
        }
        session.touch();
        const shell = await shells.open(session, { cols, rows });
        await ports.signIn.record({
          at: shell.startedAt,
          event: 'shell.opened',
          actor: portal.user.username,
          subject: session.id,
          address: addressOf(request),
          sentence: `${portal.user.username} opened a kubectl shell at ${cluster.id}${tenant === null ? '' : `, tenant ${tenant.name}`}.`,
        });
        return reply.code(201).send(shellView(shell));
      },
    );

    app.get(
      '/api/shells',
      {
        config: { access: 'user' },
        schema: {
          summary: 'The own open shells of the replica that answers',
          tags: ['shells'],
          response: { 200: shellListSchema },
        },
      },
      (request) => ({ items: shells.listOf(sessionOf(request).id).map(shellView) }),
    );

    app.get(
      '/api/shells/:id',
      {
        config: { access: 'user' },
        schema: {
          summary: 'An own shell, open or ended less than a minute ago',
          tags: ['shells'],
          params: idParams,
          response: { 200: shellSchema },
        },
      },
      (request) => shellView(ownShell(ports, request.params.id, sessionOf(request))),
    );

    app.delete(
      '/api/shells/:id',
      {
        config: { access: 'user' },
        schema: { summary: 'Closes a shell', tags: ['shells'], params: idParams, response: { 204: z.void() } },
      },
      async (request, reply) => {
        shells.close(ownShell(ports, request.params.id, sessionOf(request)).id);
        return reply.code(204).send();
      },
    );
    done();
  };
}

/** Serves the terminals' websockets. The upgrade needs the cookie and our exact origin. */
export function createTerminalUpgrades(ports: HttpPorts, origins: Origins) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_INPUT_BYTES, perMessageDeflate: false });

  return {
    what: 'a terminal',
    matches: (path: string): boolean => TERMINAL_PATH.test(path),

    /** @throws PortalError; nothing has been written then */
    async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      const id = TERMINAL_PATH.exec(request.url ?? '')?.[1] ?? '';
      const portal = await authenticate(ports.sessions, origins, request, { bearer: [], cookie: 'strict' });
      const shell = ownShell(ports, id, portal);
      server.handleUpgrade(request, socket, head, (websocket) => ports.shells.attach(shell.id, websocket, socket));
    },
  };
}

/**
 * A shell of this very portal session; anybody else's is answered as if it were not there.
 *
 * @throws PortalError `not-found`, or `wrong-replica` where its id says that only another one can tell
 */
function ownShell({ shells, settings }: HttpPorts, id: string, portal: LiveSession): ShellInfo {
  const shell = shells.find(id);
  const replica = SHELL_ID.exec(id)?.[1] ?? settings.replicaName;
  if (replica !== settings.replicaName) {
    const names = `“${replica}”, and this is “${settings.replicaName}”`;
    throw new PortalError(
      'wrong-replica',
      `This shell lives on the replica ${names}. The load balancer has to route it by its path.`,
    );
  }
  if (shell === undefined || shell.portalSessionId !== portal.id)
    throw new PortalError('not-found', 'There is no such shell.');
  return shell;
}
