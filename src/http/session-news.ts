import type { Clock, Timer } from '../core/clock.ts';
import { warningAt } from '../core/deadline.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { ownSessionView } from './session-view.ts';

/** How long a deadline that activity has put off may stay untold. */
export const LOOK_EVERY_MS = 5000;

export interface SessionNewsPorts {
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** `data` is one of `sessionEventSchemas`. */
  send(event: 'session' | 'warning', data: object): void;
  /** There is nothing new. */
  idle(): void;
}

/** What lives under a session, and until when. */
function standingOf({ children }: LiveSession): [id: string, endsAt: number][] {
  const live = [...children.values()].filter((child) => child.end() === null);
  return live.map((child) => [child.id, child.deadline().at]);
}

/**
 * Tells what a page should know of its session until disposed of: how it stands, at first and after each change of it or of
 * what lives under it, and the warning of its end, once for each deadline: when its lead begins, or at once where it has begun already.
 */
export function tellSessionNews({ sessions, clock, send, idle }: SessionNewsPorts, session: LiveSession): Timer {
  let told = '';
  let warnedOf = Number.NaN;
  let timer: Timer | null = null;

  const tellSession = (): void => {
    const { endsAt, endsBy, now, durationEndsAt, warningMinutes, limits } = ownSessionView(session, sessions, clock);
    const stable = { endsAt, endsBy, durationEndsAt, warningMinutes, limits };
    const key = JSON.stringify([stable, standingOf(session)]);
    if (key === told) idle();
    else send('session', { ...stable, now });
    told = key;
  };
  /** @returns when to look for the next warning; the past where this deadline needs none any more */
  const tellWarning = (): number => {
    const deadline = session.deadline();
    const now = clock.now();
    const dueAt = warningAt(deadline, sessions.limits.minutes('SessionExpiryWarning', now));
    if (dueAt > now || deadline.at === warnedOf) return dueAt;
    warnedOf = deadline.at;
    const { endsAt, endsBy } = ownSessionView(session, sessions, clock);
    send('warning', { sessionId: session.id, endsAt, endsBy });
    return dueAt;
  };
  const look = (): void => {
    timer?.dispose();
    if (session.end() !== null) return;
    tellSession();
    const warningDueAt = tellWarning();
    const now = clock.now();
    const nextLookAt = now + LOOK_EVERY_MS;
    timer = clock.setTimer(warningDueAt > now ? Math.min(warningDueAt, nextLookAt) : nextLookAt, look);
  };

  const limits = sessions.onLimitsChanged(look);
  look();
  return {
    dispose() {
      limits.dispose();
      timer?.dispose();
    },
  };
}
