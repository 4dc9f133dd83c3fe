import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PortalError } from '../core/portal-error.ts';
import { problemOf } from './errors.ts';
import { noteRefusal } from './noted-refusals.ts';
import { hostRefusal } from './origin.ts';
import type { Origins } from './origin.ts';
import { GATEWAY_PREFIX } from './ports.ts';
import type { HttpPorts } from './ports.ts';
import { createDashboardUpgrades } from './routes/dashboards.ts';
import { createTerminalUpgrades } from './routes/shells.ts';

/** What takes connections that become tunnels: to the gateway, to a terminal, or to the streams of a dashboard. */
export interface Upgrades {
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  destroyAll(): void;
}

export function createUpgrades(ports: HttpPorts, origins: Origins): Upgrades {
  const websockets = [createTerminalUpgrades(ports, origins), createDashboardUpgrades(ports, origins)];
  /** Node forgets a connection once it is upgraded; whoever stops must still find it. */
  const upgraded = new Set<Duplex>();

  function open(
    websocket: (typeof websockets)[number],
    ...[request, socket, head]: [IncomingMessage, Duplex, Buffer]
  ): void {
    websocket.handle(request, socket, head).catch((error: unknown) => {
      const isRefusal = error instanceof PortalError;
      if (!isRefusal) ports.log.error({ err: error }, 'a websocket could not be opened');
      const refusal = isRefusal ? error : new PortalError('internal-error', 'The portal failed.');
      noteRefusal(ports, refusal.code, { raw: request, session: null, what: `GET ${websocket.what}`, address: null });
      refuseUpgrade(socket, refusal);
    });
  }

  return {
    handle(request, socket, head) {
      upgraded.add(socket);
      socket.on('error', () => socket.destroy()).once('close', () => upgraded.delete(socket));
      const path = request.url ?? '';
      const refusal = hostRefusal(request, origins);
      if (refusal !== null) return refuseUpgrade(socket, refusal);
      if (path.startsWith(GATEWAY_PREFIX)) return ports.gateway.handleUpgrade(request, socket, head);
      const websocket = websockets.find((each) => each.matches(path));
      if (websocket !== undefined) return open(websocket, request, socket, head);
      refuseUpgrade(socket, new PortalError('not-found', 'There is nothing here.'));
    },
    destroyAll() {
      for (const socket of upgraded) socket.destroy();
    },
  };
}

function refuseUpgrade(socket: Duplex, error: PortalError): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  // A client that keeps its half open would else keep the connection for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
