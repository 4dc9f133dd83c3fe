import type { Logger } from 'pino';
import type { AuditEvent } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import { describePlace } from '../core/place.ts';
import type { ErrorCode, PortalError } from '../core/portal-error.ts';
import { createGatewayAuthentication } from '../http/gateway-authentication.ts';
import type { Origins } from '../http/origin.ts';
import type { RefusalRecorder } from '../identity/refusal-recorder.ts';
import type { Tenants } from '../identity/tenants.ts';
import { createGateway } from '../kubernetes/gateway/gateway.ts';
import type { Gateway } from '../kubernetes/gateway/gateway.ts';
import { GATEWAY_LIMITS } from '../kubernetes/gateway/ports.ts';
import type { ExecOutcome, GatewayPorts } from '../kubernetes/gateway/ports.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SessionHandle } from '../sessions/stream.ts';
import type { AuditStore } from '../store/store.ts';
import type { Metrics } from '../system/metrics.ts';
import type { Clusters } from './clusters.ts';
import type { Drain } from './drain.ts';

interface Parts {
  readonly origins: Origins;
  readonly sessions: Sessions;
  readonly tenants: Tenants;
  readonly clusters: Clusters;
  readonly store: Pick<AuditStore, 'appendAudit'>;
  readonly refusals: Pick<RefusalRecorder, 'note' | 'noteOnce'>;
  readonly metrics: Pick<Metrics, 'countGatewayRefusal'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly drain: Pick<Drain, 'admitStream'>;
  /** Where shells run as pods. */
  readonly shellNamespace: string | null;
  readonly onWarned: GatewayPorts['onWarned'];
}

/** What tells of somebody who tried what is not allowed, or no longer. */
const RECORDED: ReadonlySet<ErrorCode> = new Set([
  'forbidden',
  'origin-refused',
  'authentication-required',
  'session-ended',
  'reauthentication-required',
  'quota-exceeded',
]);

/** What became of what an exec had started, for people. */
const AFTER_EXEC: Record<ExecOutcome, string> = {
  ended: 'what ran on its terminal has ended',
  left: 'something on its terminal is another user’s and could not be ended, so it lives on',
  'no-terminal': 'it had no terminal, so its input was closed, and what it started may live on',
  'too-late': 'it was cut before its process was found, and what it started may live on',
  several: 'several processes could have been its own, so none was ended, and what it started may live on',
  'not-found': 'its process was not found, and what it started may live on',
  'no-shell': 'the image has no shell to end its process with, and what it started may live on',
  refused: 'the portal’s own credential may not exec, so its process was not ended and may live on',
  failed: 'ending its process failed, and what it started may live on',
  stopping: 'the portal stopped, the session goes on, and what it started may live on',
};

/** The gateway, with this portal's sessions, clusters and record of what happened. */
export function createPortalGateway(parts: Parts): Gateway {
  const { origins, sessions, tenants, clusters, store, refusals, metrics, clock, log, drain, onWarned } = parts;
  const mayEnter = tenants.mayEnter.bind(tenants);
  const append = (event: AuditEvent, session: SessionHandle, sentence: string): Promise<void> => {
    const actor = session.user.username;
    return store.appendAudit({ at: clock.now(), event, actor, subject: session.id, address: null, sentence });
  };
  const record = (event: AuditEvent, session: SessionHandle, sentence: string): void => {
    append(event, session, sentence).catch((error: unknown) =>
      log.error({ err: error }, 'what happened at the gateway could not be recorded'),
    );
  };
  const noteRefusal = (error: PortalError, actor: string, clusterId: string): void => {
    if (!RECORDED.has(error.code)) return;
    // A name that somebody makes up is none of a cluster.
    const subject = clusters.find(clusterId) === undefined ? null : clusterId;
    const sentence = `${actor} was refused at ${subject ?? 'no known cluster'}: ${error.message}`;
    const refused = { event: 'gateway.refused', actor, subject, address: null, why: error.message, sentence } as const;
    // The message says when the session ended: it is the same for as long as somebody comes with it.
    if (error.code === 'session-ended') refusals.noteOnce(refused);
    else refusals.note(refused);
  };
  const failed = (error: unknown) => log.error({ err: error }, 'a refusal at the gateway could not be recorded');
  return createGateway({
    authenticate: createGatewayAuthentication({ sessions, mayEnter, refused: noteRefusal, failed }, origins),
    findCluster: (id) => clusters.connectable(id),
    tenantOf: (id) => tenants.find(id),
    entryOf: (user, tenantId) => tenants.entryOf(user, tenantId),
    admitStream: drain.admitStream,
    warningMinutes: () => sessions.limits.minutes('SessionExpiryWarning', clock.now()),
    onWarned,
    clock,
    log,
    shellNamespace: parts.shellNamespace,
    limits: GATEWAY_LIMITS,
    // For the log alone: the sessions count what they cut, terminals and pages included.
    onCut: (kind, latenessMs) => log.debug({ kind, latenessMs }, 'a stream at the gateway is gone'),
    onRefused(error, session) {
      metrics.countGatewayRefusal(error.code);
      if (session !== null) noteRefusal(error, session.user.username, session.clusterId ?? '');
    },
    onCredentialRequest({ session, clusterId, what, namespace, name, outcome }) {
      const actor = session.user.username;
      const where = describePlace({ clusterId, tenantId: session.tenantId });
      const sentence = `${actor} asked ${where} for a ${what} (${namespace}/${name}): ${outcome}.`;
      const event = 'credential.requested';
      if (outcome !== 'refused') return record(event, session, sentence);
      metrics.countGatewayRefusal('forbidden');
      refusals.note({ event, actor, subject: session.id, address: null, why: what, sentence });
    },
    onSecretsShown(session, { verb, namespace, name }) {
      const what = name === '' ? `the Secrets of ${namespace || 'all namespaces'}` : `the Secret ${namespace}/${name}`;
      const where = describePlace(session);
      return append(
        'secret.shown',
        session,
        `${session.user.username} asked ${where} for what is in ${what} (${verb}).`,
      );
    },
    onExecCut({ session, namespace, name, container, outcome }) {
      const { username } = session.user;
      const where = container === null ? `${namespace}/${name}` : `${namespace}/${name} (${container})`;
      if (outcome !== 'ended') {
        log.warn({ where, username, session: session.id, outcome }, 'what an exec had started may live on');
      }
      record('exec.cut', session, `An exec of ${username} in ${where} was cut: ${AFTER_EXEC[outcome]}.`);
    },
  });
}
