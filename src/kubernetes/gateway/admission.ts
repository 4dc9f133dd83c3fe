import { endedError } from '../../sessions/refusals.ts';
import type { SessionHandle, Stream, StreamKind } from '../../sessions/stream.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { ApiRequest } from './api-request.ts';
import type { ClientRecords } from './client-records.ts';
import type { ExpiryWarnings } from './expiry-warning.ts';
import type { GatewayPorts } from './ports.ts';
import { headerValue } from './request-headers.ts';
import type { Turns } from './turns.ts';

/** What all requests of one gateway share. */
export interface GatewayContext {
  readonly ports: GatewayPorts;
  readonly records: ClientRecords;
  readonly warnings: ExpiryWarnings;
  /** For what Curfew runs in containers by itself. */
  readonly ownExecs: Turns;
}

/** A request that has been admitted: counted, registered with its session, and to be let go of once. */
export interface Admission {
  /** The stream ended by itself. */
  leave(): void;
  /** The stream was cut, at an instant that is measured. */
  leaveCut(end: SessionEnd): void;
}

/**
 * Counts a request against the quotas and registers it with its session, in this order, before anything is connected;
 * then notes whether a person did it.
 *
 * @throws PortalError `unavailable`, `quota-exceeded`, `session-ended`
 */
export function admit(
  context: GatewayContext,
  session: SessionHandle,
  stream: Stream,
  about: { readonly request: ApiRequest; readonly rawHeaders: readonly string[] },
): Admission {
  const { ports, records } = context;
  const { kind } = stream;
  if (kind !== 'request') ports.admitStream();
  records.enter(session, kind);
  const registered = session.openStream(stream);
  if (!registered.open) {
    records.leave(session, kind);
    throw endedError(session.kind, registered.end);
  }
  noteActivity(context, session, about);

  let left = false;
  const leave = (): void => {
    left = true;
    records.leave(session, kind);
  };
  return {
    leave() {
      if (left) return;
      leave();
      registered.release();
    },
    leaveCut(end) {
      if (left) return;
      leave();
      ports.onCut(kind, Math.max(0, ports.clock.now() - end.at));
    },
  };
}

function noteActivity(
  { records }: GatewayContext,
  session: SessionHandle,
  { request, rawHeaders }: { readonly request: ApiRequest; readonly rawHeaders: readonly string[] },
): void {
  const command = headerValue(rawHeaders, 'kubectl-session');
  const marked = isBackground(rawHeaders);
  if (records.isActivity(session, request, command, marked)) session.touch();
}

/** Whether a request says that no person caused it. */
export function isBackground(rawHeaders: readonly string[]): boolean {
  return headerValue(rawHeaders, 'curfew-activity') === 'none';
}

/** What a request is counted as. */
export function streamKindOf(request: ApiRequest, upgrade: boolean): StreamKind {
  if (request.isWatch) return 'watch';
  if (request.isLogFollow) return 'log';
  if (!upgrade) return 'request';
  if (request.subresource === 'exec') return 'exec';
  if (request.subresource === 'attach') return 'attach';
  return 'port-forward';
}
