import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SessionHandle } from '../../sessions/stream.ts';
import { DASHBOARD_CLOSE } from '../../wire/dashboard.ts';
import type { PodTerminal } from '../../wire/dashboard.ts';
import { connectPage } from '../shell/page-connection.ts';
import type { PageListener } from '../shell/page-connection.ts';
import { PageStreams } from './page-streams.ts';
import type { PageStreamsPorts } from './page-streams.ts';
import { shellExecPath } from './shell-exec.ts';

/** More tabs than anybody looks at. */
const MOST_PAGES_OF_A_SESSION = 32;

export interface Dashboards {
  /**
   * Serves the streams of a page that shows a dashboard, until it goes or its session ends.
   *
   * @param connection the socket under the websocket, to reset it then
   */
  attach(session: SessionHandle, socket: WebSocket, connection: Duplex): void;
  /** Serves a terminal in a container: the gateway does, as an exec like any other. */
  openTerminal(session: SessionHandle, what: PodTerminal, upgrade: Upgrade): void;
}

/** What node:http hands over of a request for a websocket. */
interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Hears a page that is being refused. */
const NOBODY: PageListener = { frame: () => undefined, caughtUp: () => undefined, gone: () => undefined };

export function createDashboards(ports: PageStreamsPorts): Dashboards {
  const pages = new Map<string, number>();
  return {
    attach(session, socket, connection) {
      const open = pages.get(session.id) ?? 0;
      if (open >= MOST_PAGES_OF_A_SESSION) {
        return connectPage(socket, connection, ports.clock, NOBODY).leave(DASHBOARD_CLOSE.tooMany, 'too many pages');
      }
      pages.set(session.id, open + 1);
      const streams = new PageStreams(session, ports, () => {
        const left = (pages.get(session.id) ?? 1) - 1;
        if (left > 0) pages.set(session.id, left);
        else pages.delete(session.id);
      });
      streams.start(connectPage(socket, connection, ports.clock, streams));
    },
    openTerminal(session, what, { request, socket, head }) {
      request.url = shellExecPath(what);
      // What the terminal answers by itself is no activity: the page tells of what a person does.
      request.rawHeaders.push('curfew-activity', 'none');
      ports.gateway.forSession(session, true).handleUpgrade(request, socket, head);
    },
  };
}
