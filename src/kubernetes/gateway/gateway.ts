import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionHandle } from '../../sessions/stream.ts';
import { isBackground } from './admission.ts';
import type { GatewayContext } from './admission.ts';
import { answerRefusal, answerRefusalRaw } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { createClientRecords } from './client-records.ts';
import { credentialGuard } from './credential-guard.ts';
import { ExpiryWarnings } from './expiry-warning.ts';
import { HttpExchange } from './http-exchange.ts';
import type { GatewayPorts, GivenWarning } from './ports.ts';
import { refusal, refusalOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { checkRequest, checkSession, checkUpgrade, findCluster } from './request-check.ts';
import { remedyFor, remedyInShell } from './remedy.ts';
import type { Remedy } from './remedy.ts';
import { GATEWAY_PREFIX, invalid, splitGatewayTarget, splitTarget } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';
import { checkNoWayIn } from './shell-namespace.ts';
import { showsSecrets } from './shown-secrets.ts';
import { PortalError } from '../../core/portal-error.ts';
import { OWN_EXEC_MS } from './own-exec.ts';
import { Tunnel } from './tunnel.ts';
import { createTurns } from './turns.ts';
import { upgradeTypeOf } from './upgrade-handshake.ts';

/** So that a limit that ends many sessions at once does not start as many processes at once. */
const OWN_EXECS_AT_A_TIME = 32;

/** Two listeners of a node:http server. */
export interface GatewayHandlers {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The Kubernetes API of every cluster, for whoever has a session there. */
export interface Gateway extends GatewayHandlers {
  /**
   * The same for a session that is known already, with the API's own paths: what the relays of shells and pages serve.
   *
   * @param fromPage whether the dashboard asks, where the contents of Secrets are shown to be seen
   */
  forSession(session: SessionHandle, fromPage?: boolean): GatewayHandlers;
  /** Somebody was warned by another replica. */
  hearWarned(given: GivenWarning): void;
  /** Resolves when what execs had started is ended and told of, at the latest after 5 s. */
  execsEnded(): Promise<void>;
}

/** Where a request goes, and who sends it as soon as that is known. */
interface Arrival {
  readonly clusterId: string;
  readonly gatewayPath: string;
  readonly request: ApiRequest;
  readonly remedy: Remedy;
  readonly session: SessionHandle | Promise<SessionHandle>;
  readonly fromPage: boolean;
}

export function createGateway(ports: GatewayPorts): Gateway {
  const { limits } = ports;
  const context: GatewayContext = {
    ports,
    records: createClientRecords(limits),
    warnings: new ExpiryWarnings(ports),
    ownExecs: createTurns(OWN_EXECS_AT_A_TIME),
  };

  const arriveByPath = (incoming: IncomingMessage): Arrival => {
    const { clusterId, target } = splitGatewayTarget(incoming.url ?? '');
    const request = checkRequest(incoming, target, limits);
    const session = ports.authenticate(incoming, { clusterId, proxied: request.isProxy });
    const fromPage = incoming.headers.authorization === undefined;
    return {
      clusterId,
      gatewayPath: GATEWAY_PREFIX + clusterId,
      request,
      remedy: remedyOf(incoming),
      session,
      fromPage,
    };
  };
  const arriveBySession = (incoming: IncomingMessage, session: SessionHandle, fromPage: boolean): Arrival => {
    const target: RequestTarget = splitTarget(incoming.url ?? '');
    const request = checkRequest(incoming, target, limits);
    return { clusterId: session.clusterId ?? '', gatewayPath: '', request, remedy: remedyInShell, session, fromPage };
  };
  const handlers = (
    arrive: (incoming: IncomingMessage) => Arrival,
    remedy: (incoming: IncomingMessage) => Remedy,
  ): GatewayHandlers => ({
    handleRequest(incoming, response) {
      const refuse = (refused: Refusal): void => {
        answerRefusal(response, refused);
      };
      settle(
        context,
        { refuse, remedy: remedy(incoming) },
        () => arrive(incoming),
        (arrival, session) => {
          if (response.destroyed) return undefined;
          return startExchange(context, arrival, session, incoming, response);
        },
      );
    },
    handleUpgrade(incoming, socket, head) {
      socket.on('error', () => {
        // What follows an error is a close, and that is what ends a tunnel.
      });
      const refuse = (refused: Refusal): void => {
        answerRefusalRaw(socket, refused);
      };
      settle(
        context,
        { refuse, remedy: remedy(incoming) },
        () => arrive(incoming),
        (arrival, session) => {
          if (socket.destroyed) return;
          startTunnel(context, arrival, session, { incoming, socket, head });
        },
      );
    },
  });
  return {
    ...handlers(arriveByPath, remedyOf),
    forSession: (session, fromPage = false) =>
      handlers(
        (incoming) => arriveBySession(incoming, session, fromPage),
        () => remedyInShell,
      ),
    hearWarned: (given) => void context.warnings.note(given),
    execsEnded: () =>
      new Promise((resolve) => {
        const timer = ports.clock.setTimer(ports.clock.now() + OWN_EXEC_MS, resolve);
        void context.ownExecs.allDone().then(() => {
          timer.dispose();
          resolve();
        });
      }),
  };
}

/** Waits for the session only where it is not at hand, and turns whatever goes wrong into an answer. */
function settle(
  { ports }: GatewayContext,
  { refuse, remedy }: { refuse(refused: Refusal): void; readonly remedy: Remedy },
  arrive: () => Arrival,
  start: (arrival: Arrival, session: SessionHandle) => void | Promise<void>,
): void {
  const fail = (error: unknown, session: SessionHandle | null): void => {
    if (error instanceof PortalError) {
      refuse(refusalOf(error, remedy));
      ports.onRefused(error, session);
      return;
    }
    ports.log.error({ err: error }, 'the gateway failed');
    refuse(refusal(500, 'An error of the portal.'));
  };
  const begin = (arrival: Arrival, session: SessionHandle): void => {
    try {
      const starting = start(arrival, session);
      if (starting instanceof Promise) starting.catch((error: unknown) => fail(error, session));
    } catch (error) {
      fail(error, session);
    }
  };
  try {
    const arrival = arrive();
    const { session } = arrival;
    if (session instanceof Promise)
      session.then((ready) => begin(arrival, ready)).catch((error: unknown) => fail(error, null));
    else begin(arrival, session);
  } catch (error) {
    fail(error, null);
  }
}

function startExchange(
  context: GatewayContext,
  { clusterId, gatewayPath, request, remedy, fromPage }: Arrival,
  session: SessionHandle,
  incoming: IncomingMessage,
  response: ServerResponse,
): void | Promise<void> {
  const identity = checkSession(session, context.ports, { clusterId, request, incoming }, false);
  checkNoWayIn(request, context.ports.shellNamespace);
  const cluster = findCluster(context, clusterId);
  const subject = { session, identity, cluster, request, gatewayPath, remedy };
  const exchange = new HttpExchange(context, subject, incoming, response);
  const start = (): void => exchange.start(credentialGuard(context, session, request, incoming));
  if (!fromPage || !showsSecrets(request, incoming.headers.accept)) return start();
  // On record first: what cannot be recorded is not shown.
  return context.ports.onSecretsShown(session, request).then(() => {
    if (!response.destroyed) start();
  });
}

function startTunnel(
  context: GatewayContext,
  { clusterId, gatewayPath, request, remedy, fromPage }: Arrival,
  session: SessionHandle,
  client: { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): void {
  const identity = checkSession(session, context.ports, { clusterId, request, incoming: client.incoming }, true);
  checkNoWayIn(request, context.ports.shellNamespace);
  checkUpgrade(request, client.incoming.headers);
  const upgrade = upgradeTypeOf(client.incoming.headers);
  if (upgrade === null) throw invalid('Only upgrades to websocket and SPDY/3.1 are passed on.');
  const cluster = findCluster(context, clusterId);
  const inputCounts = !(fromPage && isBackground(client.incoming.rawHeaders));
  const subject = { session, identity, cluster, request, gatewayPath, remedy };
  new Tunnel(context, subject, { ...client, inputCounts }, upgrade).start();
}

function remedyOf({ headers }: IncomingMessage): Remedy {
  return remedyFor(headers.authorization);
}
