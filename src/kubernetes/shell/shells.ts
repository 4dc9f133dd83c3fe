import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../core/clock.ts';
import { describeEnd } from '../../core/explain.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { Tenant } from '../../core/tenant.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import { TERMINAL_CLOSE } from '../../wire/shell.ts';
import { LiveShell } from './live-shell.ts';
import { connectPage } from './page-connection.ts';
import type { PageConnection } from './page-connection.ts';
import type { RelayTarget } from './relay.ts';
import type { ShellWorkshop } from './shell-workshop.ts';
import type { ShellInfo } from './shell-types.ts';
import { portalSessionOf } from './shell-types.ts';

/** How many shells may live at a time, for one portal session and in all. */
export interface ShellQuotas {
  readonly perPortalSession: number;
  readonly total: number;
}

export const SHELL_QUOTAS: ShellQuotas = { perPortalSession: 10, total: 100 };

export interface ShellsPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly gateway: { forSession(session: SessionHandle): RelayTarget };
  readonly workshop: ShellWorkshop;
  tenantOf(id: string): Pick<Tenant, 'namespace'> | undefined;
  warningMinutes(): number;
  /** An id for a shell: letters, digits, `-` and `_`, not to be guessed. */
  newId(): string;
  readonly quotas: ShellQuotas;
}

export interface Shells {
  /** @returns with the reason as sentences for people: what is missing and what to do */
  availability(): { available: boolean; reason: string | null };
  /**
   * Starts a shell under a Kubernetes session. It waits 30 s for its page.
   *
   * @throws PortalError `shell-unavailable`, `overloaded`, `session-ended`
   */
  open(session: SessionHandle, size: { cols: number; rows: number }): Promise<ShellInfo>;
  /** The live shells of a portal session. */
  listOf(portalSessionId: string): ShellInfo[];
  /** A shell, live or ended less than a minute ago. */
  find(id: string): ShellInfo | undefined;
  /** @param connection the socket under the websocket */
  attach(id: string, socket: WebSocket, connection: Duplex): void;
  close(id: string): void;
  /**
   * Takes a shell along to a new session of the same user and cluster: call it before the old one is ended.
   *
   * @throws PortalError `not-found`, `session-ended`
   */
  rebind(id: string, session: SessionHandle): void;
  /** Tells every page that shows a terminal, now or later, that it ends at an instant. */
  announceStop(at: number): void;
  /** Ends all with `shutdown`; resolves once every process is gone and nothing is left on the disk. */
  stop(): Promise<void>;
}

/** So that a page that missed the end of its shell can still learn it. */
const ENDED_KEPT_MS = 60_000;

export function createShells(ports: ShellsPorts): Shells {
  const { clock, log, workshop, quotas } = ports;
  const shells = new Map<string, LiveShell>();
  const openings = new Map<LiveShell, Promise<void>>();
  const burials = new Set<Promise<void>>();
  const forgetting = new Set<Timer>();
  let isStopping = false;
  let stopsAt: number | null = null;

  const bury = async (shell: LiveShell): Promise<void> => {
    // One that ends while it is being started may yet come by a sandbox; whoever opens it hears of what goes wrong.
    await Promise.allSettled([openings.get(shell)]);
    await shell.buried();
  };
  const ended = (shell: LiveShell): void => {
    const burial = bury(shell).finally(() => burials.delete(burial));
    burials.add(burial);
    const timer = clock.setTimer(clock.now() + ENDED_KEPT_MS, () => {
      forgetting.delete(timer);
      shells.delete(shell.id);
    });
    forgetting.add(timer);
  };
  const admit = (session: SessionHandle): void => {
    const live = [...shells.values()].filter(({ end }) => end === null);
    const own = live.filter(({ portalSessionId }) => portalSessionId === portalSessionOf(session));
    if (own.length >= quotas.perPortalSession) {
      throw new PortalError(
        'overloaded',
        `You have ${own.length} shells open, as many as are allowed. Close one first.`,
      );
    }
    if (live.length >= quotas.total || isStopping) {
      throw new PortalError('overloaded', 'As many shells are open as this portal allows. Try again later.');
    }
  };
  const start = async (shell: LiveShell, size: { cols: number; rows: number }): Promise<void> => {
    const { id, clusterId, relayTarget, isLive } = shell;
    const { tenantId } = shell.session;
    const namespace = tenantId === null ? null : (ports.tenantOf(tenantId)?.namespace ?? null);
    const request = { id, clusterId, namespace, size, relayTarget, listener: shell, isStillWanted: isLive };
    const sandbox = await workshop.start(request);
    if (sandbox !== null) shell.start(sandbox);
  };

  return {
    availability() {
      const what = workshop.missing();
      return { available: what.length === 0, reason: what.length === 0 ? null : what.join(' ') };
    },
    async open(session, size) {
      const what = workshop.missing();
      if (what.length > 0) throw new PortalError('shell-unavailable', what.join(' '));
      admit(session);
      const shell = new LiveShell(ports.newId(), session, { ...ports, ended, stopsAt: () => stopsAt });
      // Registered before anything is started: an end from here on stops whatever has come about by then.
      const over = shell.join(session);
      if (over !== null) throw sessionEnded(over);
      shells.set(shell.id, shell);
      const opening = start(shell, size);
      openings.set(shell, opening);
      try {
        await opening;
      } catch (error) {
        shell.close('closed');
        shells.delete(shell.id);
        throw error;
      } finally {
        openings.delete(shell);
      }
      if (!shell.isLive()) throw refusalOf(shell);
      log.info({ shell: shell.id, session: session.id, tookMs: clock.now() - shell.startedAt }, 'a shell started');
      return shell;
    },
    listOf: (portalSessionId) =>
      [...shells.values()].filter((shell) => shell.portalSessionId === portalSessionId && shell.end === null),
    find: (id) => shells.get(id),
    attach(id, socket, connection) {
      const shell = shells.get(id);
      if (shell === undefined) return socket.close(TERMINAL_CLOSE.notFound, 'not found');
      const page: PageConnection = connectPage(socket, connection, clock, {
        frame: (data, isBinary) => shell.receive(page, data, isBinary),
        caughtUp: () => shell.caughtUp(page),
        gone: () => shell.detach(page),
      });
      shell.attach(page);
    },
    close: (id) => shells.get(id)?.close('closed'),
    rebind(id, session) {
      const shell = shells.get(id);
      if (shell === undefined || !shell.isLive()) throw new PortalError('not-found', 'There is no such shell.');
      const isThere = session.clusterId === shell.clusterId && session.tenantId === shell.session.tenantId;
      if (session.user.id !== shell.userId || !isThere) {
        throw new Error('A shell stays with its user and where it is');
      }
      const over = shell.join(session);
      if (over !== null) throw sessionEnded(over);
    },
    announceStop(at) {
      stopsAt = at;
      for (const shell of shells.values()) shell.tellStop();
    },
    async stop() {
      isStopping = true;
      for (const shell of shells.values()) shell.close('shutdown');
      await Promise.all(burials);
      for (const timer of forgetting) timer.dispose();
      await workshop.close();
    },
  };
}

function refusalOf({ end }: LiveShell): PortalError {
  if (end?.cause === 'session') return sessionEnded(end.end);
  return new PortalError('shell-unavailable', 'The shell ended before it had started. Try again.');
}

function sessionEnded(end: SessionEnd): PortalError {
  return new PortalError('session-ended', describeEnd('kubernetes', end), { end });
}
