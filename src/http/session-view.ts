import type { Clock } from '../core/clock.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { limitView } from '../wire/limit.ts';
import { recentAuthenticationUntil } from './authentication.ts';
import { endsByView, instantView } from '../wire/session.ts';
import type { OwnSession } from '../wire/session.ts';

/** A portal session as its own user sees it. */
export function ownSessionView(session: LiveSession, sessions: Sessions, clock: Clock): OwnSession {
  const { username, role, readOnly } = session.user;
  const { duration, inactivity } = session.limits;
  const deadline = session.deadline();
  const now = clock.now();
  return {
    user: { username, role, readOnly },
    session: { id: session.id, startedAt: iso(session.startedAt), lastActivityAt: iso(session.lastActivityAt) },
    now: iso(now),
    endsAt: instantView(deadline.at),
    endsBy: endsByView(deadline),
    limits: {
      duration: duration === null ? null : limitView(duration),
      inactivity: inactivity === null ? null : limitView(inactivity),
    },
    durationEndsAt: instantView(session.latestEndAt()),
    warningMinutes: sessions.limits.minutes('SessionExpiryWarning', now),
    recentAuthenticationUntil: iso(recentAuthenticationUntil(session)),
  };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
