import { catalogueEntry } from '../../core/catalogue.ts';
import type { EndsBy, OwnSession } from '../../wire/session.ts';

const MINUTE_MS = 60_000;

/** `calm` before the warning lead, `warning` inside it, `last` in the last minute. */
export type Urgency = 'calm' | 'warning' | 'last';

export interface TimeLeft {
  readonly ms: number;
  readonly urgency: Urgency;
}

/** What a countdown needs to know of a session's end. */
export interface Ending {
  readonly endsAt: string | null;
  readonly endsBy: EndsBy;
  readonly warningMinutes: number;
}

/** How much of a session is left at `now`; null where nothing limits it. */
export function timeLeft(ending: Pick<Ending, 'endsAt' | 'warningMinutes'>, now: number): TimeLeft | null {
  if (ending.endsAt === null) return null;
  const ms = Math.max(0, Date.parse(ending.endsAt) - now);
  if (ms <= MINUTE_MS) return { ms, urgency: 'last' };
  return { ms, urgency: ms <= ending.warningMinutes * MINUTE_MS ? 'warning' : 'calm' };
}

/**
 * Whether a person's activity would move the end, as it does while inactivity decides: the session's own or, since
 * activity in a child is activity in its ancestors, that of the session above it.
 */
export function canBeExtended({ endsBy: { key } }: Pick<Ending, 'endsBy'>): boolean {
  return key !== null && catalogueEntry(key).limits?.by === 'inactivity';
}

/** When inactivity would end the session, if nothing is done from here on; null where it is off. */
export function inactivityEndsAt(own: OwnSession): number | null {
  if (own.endsBy.reason === 'inactivity' && own.endsAt !== null) return Date.parse(own.endsAt);
  const minutes = own.limits.inactivity?.value ?? 0;
  return minutes === 0 ? null : Date.parse(own.session.lastActivityAt) + minutes * MINUTE_MS;
}

/**
 * How often, at most, a person's activity in the page is told to the portal: once a minute, and oftener where the
 * inactivity timeout is so short that somebody who types all the time would be signed out between two reports.
 */
export function activityIntervalMs(own: OwnSession): number {
  const minutes = own.limits.inactivity?.value ?? 0;
  return minutes === 0 ? MINUTE_MS : Math.min(MINUTE_MS, (minutes * MINUTE_MS) / 4);
}
