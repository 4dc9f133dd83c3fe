import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PortalError } from '../core/portal-error.ts';
import { noteRefusal } from './noted-refusals.ts';
import { hostRefusal } from './origin.ts';
import type { Origins } from './origin.ts';
import { GATEWAY_PREFIX } from './ports.ts';
import type { HttpPorts } from './ports.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
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
      const isForDashboard = ports.upstreamHosts.serves(request);
      const refusal = hostRefusal(request, origins, isForDashboard);
      if (refusal !== null) return refuseUpgrade(socket, refusal);
      if (isForDashboard) return ports.upstreamHosts.handleUpgrade(request, socket, head);
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
