import type { Logger } from 'pino';
import type { AuditEvent } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import { createGatewayAuthentication } from '../http/gateway-authentication.ts';
import type { Origins } from '../http/origin.ts';
import type { Users } from '../identity/users.ts';
import { createGateway } from '../kubernetes/gateway/gateway.ts';
import type { Gateway } from '../kubernetes/gateway/gateway.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SessionHandle } from '../sessions/stream.ts';
import type { AuditStore } from '../store/store.ts';
import type { Clusters } from './clusters.ts';

interface Parts {
  readonly origins: Origins;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly clusters: Clusters;
  readonly store: Pick<AuditStore, 'appendAudit'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The gateway, with this portal's sessions, clusters and record of what happened. */
export function createPortalGateway({ origins, sessions, users, clusters, store, clock, log }: Parts): Gateway {
  const mayReach = (session: LiveSession, clusterId: string) => users.mayReach(session.user, clusterId);
  const record = (event: AuditEvent, session: SessionHandle, sentence: string): void => {
    const actor = session.user.username;
    store
      .appendAudit({ at: clock.now(), event, actor, subject: session.id, address: null, sentence })
      .catch((error: unknown) => log.error({ err: error }, 'what happened at the gateway could not be recorded'));
  };
  return createGateway({
    authenticate: createGatewayAuthentication({ sessions, mayReach }, origins),
    findCluster: (id) => clusters.connectable(id),
    warningMinutes: () => sessions.limits.minutes('SessionExpiryWarning', clock.now()),
    clock,
    log,
    // For the log alone: the sessions count what they cut, terminals and pages included.
    onCut: (kind, latenessMs) => log.debug({ kind, latenessMs }, 'a stream at the gateway is gone'),
    onCredentialRequest({ session, clusterId, what, namespace, name, outcome }) {
      const sentence = `${session.user.username} asked ${clusterId} for a ${what} (${namespace}/${name}): ${outcome}.`;
      record('credential.requested', session, sentence);
    },
    onExecCut({ session, namespace, name, askedToEnd }) {
      const rest = askedToEnd ? 'its shell was asked to end' : 'what it started may live on';
      record('exec.cut', session, `An exec of ${session.user.username} in ${namespace}/${name} was cut: ${rest}.`);
    },
  });
}
