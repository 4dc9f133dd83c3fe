import { PortalError } from '../core/portal-error.ts';
import { placeText } from '../core/place.ts';
import type { Place } from '../core/place.ts';
import type { KubernetesTime } from './kubernetes-time.ts';
import type { LiveSession } from './live-session.ts';
import type { Hearing } from './ports.ts';
import { endedError, reauthenticationError } from './refusals.ts';
import type { SessionPool } from './session-pool.ts';
import type { SessionsElsewhere } from './sessions-elsewhere.ts';

export interface KubernetesOpeningPorts {
  readonly hearing: Pick<Hearing, 'isCurrent'>;
  readonly pool: Pick<SessionPool, 'finish'>;
  readonly elsewhere: Pick<SessionsElsewhere, 'reread'>;
  readonly time: Pick<KubernetesTime, 'begin'>;
  /** Stores a new session, or takes in the one that stands there. */
  start(parent: LiveSession, place: Place, startedAt: number): Promise<LiveSession>;
  /** Waits until every end that is known here is recorded. */
  endsRecorded(): Promise<void>;
}

/** Opens Kubernetes sessions: one for a portal session at each place, and one after the other under an API token. */
export class KubernetesOpening {
  readonly #ports: KubernetesOpeningPorts;
  readonly #opening = new Map<string, Promise<LiveSession>>();

  constructor(ports: KubernetesOpeningPorts) {
    this.#ports = ports;
  }

  open(parent: LiveSession, place: Place): LiveSession | Promise<LiveSession> {
    if (parent.apiToken?.kubernetes === false)
      throw new PortalError('forbidden', 'This API token was made without access to Kubernetes.');
    const text = placeText(place);
    const held = parent.children.get(text);
    if (held !== undefined && this.#ports.hearing.isCurrent() && !isOverUnderToken(held)) return liveOrRefuse(held);
    const key = `${parent.id} ${text}`;
    const opening = this.#opening.get(key) ?? this.#open(parent, place, held);
    this.#opening.set(key, opening);
    return opening.finally(() => this.#opening.delete(key));
  }

  async #open(parent: LiveSession, place: Place, held: LiveSession | undefined): Promise<LiveSession> {
    const { elsewhere, time, start } = this.#ports;
    const end = parent.end();
    if (end !== null) throw endedError(parent.kind, end);
    if (held !== undefined) {
      // It may have ended where nobody here heard of it.
      await elsewhere.reread([held.id]);
      if (!isOverUnderToken(held)) return liveOrRefuse(held);
      await this.#finish(held);
    }
    for (;;) {
      const session = await start(parent, place, await time.begin(parent, place));
      if (!isOverUnderToken(session)) return liveOrRefuse(session);
      await this.#finish(session);
    }
  }

  /** Once the end is recorded, the next one may take the place. */
  async #finish(session: LiveSession): Promise<void> {
    const end = session.end();
    if (end !== null) this.#ports.pool.finish(session, end);
    await this.#ports.endsRecorded();
  }
}

/** Whether it has ended and bars nobody: under an API token that lives, a new one may begin (design, section 2.5). */
function isOverUnderToken(session: LiveSession): boolean {
  return session.parent?.kind === 'api-token' && session.parent.end() === null && session.end() !== null;
}

function liveOrRefuse(session: LiveSession): LiveSession {
  const end = session.end();
  if (end === null) return session;
  const { parent } = session;
  const parentEnd = parent?.end() ?? null;
  throw parent === null || parentEnd === null ? reauthenticationError(end) : endedError(parent.kind, parentEnd);
}
