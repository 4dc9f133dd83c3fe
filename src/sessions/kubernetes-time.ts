import type { Clock } from '../core/clock.ts';
import type { Place } from '../core/place.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionStore, SessionWithUser } from './ports.ts';
import { reauthenticationError } from './refusals.ts';
import type { StoredSessions } from './stored-sessions.ts';

export interface KubernetesTimePorts {
  readonly store: Pick<SessionStore, 'listOfAuthentication'>;
  readonly stored: Pick<StoredSessions, 'judge'>;
  readonly clock: Clock;
}

/**
 * The time that one authentication gives at a cluster. Portal sessions that stem from it share that: a command line that
 * is let in without a password must not begin it anew.
 */
export class KubernetesTime {
  readonly #ports: KubernetesTimePorts;

  constructor(ports: KubernetesTimePorts) {
    this.#ports = ports;
  }

  /**
   * From when on the time of a Kubernetes session runs that is to be opened in `portal`.
   *
   * @throws PortalError `reauthentication-required` where one beside it was ended there: only re-authentication renews (design, section 2.5)
   */
  async begin(portal: LiveSession, { clusterId, tenantId }: Place): Promise<number> {
    let startedAt = this.#ports.clock.now();
    // An API token stems from no authentication.
    if (portal.kind === 'api-token') return startedAt;
    for (const holder of await this.#besides(portal)) {
      if (holder.session.clusterId !== clusterId || holder.session.tenantId !== tenantId) continue;
      const { end } = this.#ports.stored.judge(holder);
      // One that just went with its portal session was not used up itself.
      if (end !== null && end.reason !== 'parent-ended') throw reauthenticationError(end);
      startedAt = Math.min(startedAt, holder.session.startedAt);
    }
    return startedAt;
  }

  /** Whether any Kubernetes session that stems from the authentication of `portal` has ended, its own included. */
  async isAnyOver(portal: LiveSession): Promise<boolean> {
    const all = await this.#ports.store.listOfAuthentication(portal);
    return all.some((holder) => this.#ports.stored.judge(holder).end !== null);
  }

  async #besides(portal: LiveSession): Promise<SessionWithUser[]> {
    const all = await this.#ports.store.listOfAuthentication(portal);
    return all.filter(({ session }) => session.parentId !== portal.id);
  }
}
