import type { Session } from '../core/session.ts';
import type { User } from '../core/user.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** So many ends are under way at once: sessions that are not held here are read first, and others need the store, too. */
const MOST_ENDING = 100;

/** Whether whoever has a Kubernetes session there has lost the right to it. */
export type IsLost = (place: Pick<Session, 'clusterId' | 'tenantId'>, user: User) => boolean;

/**
 * Ends the Kubernetes sessions whose right was taken away, `revoked`: first those that are held here, then all others.
 * Resolves once that is recorded.
 *
 * @param by the username of whoever took it away
 */
export async function endLostSessions(sessions: Sessions, isLost: IsLost, by: string): Promise<void> {
  const held = sessions.endHeld((each) => each.kind === 'kubernetes' && isLost(each, each.user), 'revoked', by);
  await Promise.all([held, endStored(sessions, isLost, by)]);
}

async function endStored(sessions: Sessions, isLost: IsLost, by: string): Promise<void> {
  let ids: string[] = [];
  const endAll = () => Promise.all(ids.map((id) => sessions.end(id, 'revoked', by)));
  for await (const { session, user } of sessions.stored.liveRows('kubernetes')) {
    // What was held here has just ended as that.
    if (session.end?.reason === 'revoked' || !isLost(session, user)) continue;
    if (ids.push(session.id) < MOST_ENDING) continue;
    await endAll();
    ids = [];
  }
  await endAll();
}
