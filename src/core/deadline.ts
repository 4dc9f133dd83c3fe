import { MINUTE_MS } from './clock.ts';
import type { DeadlineReason } from './end-reason.ts';
import type { Limit, SessionLimits } from './limits.ts';
import type { Session } from './session.ts';

/** The instant at which a session ends, why, and which limit of which scope decided. */
export interface Deadline {
  /** `Infinity` where nothing limits the session. */
  readonly at: number;
  readonly reason: DeadlineReason;
  /** The deciding limit; for `parent-ended` the one that decides the parent's deadline. */
  readonly limit: Limit | null;
}

/**
 * When a session ends: `min(startedAt + maximum duration, lastActivityAt + maximum inactivity, parent's deadline)`.
 *
 * An API token's is the instant that it was made with, and nothing else.
 *
 * This is the only place where a deadline is computed; gateway, shell, sweeper and countdown all ask here (design,
 * section 2.1). Where two are equal, the session's own limit is named before its parent's, duration before inactivity.
 */
export function deadlineOf(
  session: Pick<Session, 'startedAt' | 'lastActivityAt' | 'apiToken'>,
  limits: SessionLimits,
  parent: Deadline | null,
): Deadline {
  if (session.apiToken !== undefined) return { at: session.apiToken.expiresAt, reason: 'max-duration', limit: null };
  const byDuration = instantAfter(session.startedAt, limits.duration, 'max-duration');
  const byInactivity = instantAfter(session.lastActivityAt, limits.inactivity, 'inactivity');
  const own = byInactivity.at < byDuration.at ? byInactivity : byDuration;
  if (parent === null || parent.at >= own.at) return own;
  return { at: parent.at, reason: 'parent-ended', limit: parent.limit };
}

/**
 * Which sessions are over by their own limits: those that started at an instant or before it, or were active last at
 * another or before it; -1 where there is no limit.
 */
export interface OverWhen {
  readonly startedBy: number;
  readonly activeBy: number;
}

/** `deadlineOf` asked the other way round, for many sessions with the same limits: its `at` is not after `now`. */
export function overWhen({ duration, inactivity }: SessionLimits, now: number): OverWhen {
  const before = (limit: Limit | null): number => Math.max(-1, now - instantAfter(0, limit, 'max-duration').at);
  return { startedBy: before(duration), activeBy: before(inactivity) };
}

/** The latest deadline that a session can reach, whatever its user does: by its maximum duration and its parent's. */
export function latestDeadline(
  session: Pick<Session, 'startedAt' | 'apiToken'>,
  { duration }: Pick<SessionLimits, 'duration'>,
  parentLatest: Deadline | null,
): Deadline {
  const { startedAt, apiToken } = session;
  const row = { startedAt, lastActivityAt: startedAt, ...(apiToken !== undefined && { apiToken }) };
  return deadlineOf(row, { duration, inactivity: null }, parentLatest);
}

/** From when on the user of a session is warned of its end; `Infinity` where nothing limits it. */
export function warningAt(deadline: Deadline, leadMinutes: number): number {
  return deadline.at - leadMinutes * MINUTE_MS;
}

/** The `lastActivityAt` after activity at `at`: it never moves backward and is never in the future. */
export function activityAt(session: Pick<Session, 'lastActivityAt'>, at: number, now: number): number {
  return Math.max(session.lastActivityAt, Math.min(at, now));
}

function instantAfter(from: number, limit: Limit | null, reason: DeadlineReason): Deadline {
  if (limit === null || limit.minutes === 0) return { at: Number.POSITIVE_INFINITY, reason, limit: null };
  return { at: from + limit.minutes * MINUTE_MS, reason, limit };
}
