import type { EndedEvent, OwnSession } from '../../wire/session.ts';

const START = Date.parse('2026-11-24T12:00:00.000Z');

export const NOON = START;

/** An instant so many minutes after noon, as the wire writes it. */
export function minutesPastNoon(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

const duration = {
  key: 'AuthorizationTokenSessionDuration',
  label: 'Authorization token session duration',
  scope: { kind: 'system', id: '' },
  value: 480,
} as const;

const inactivity = {
  key: 'AuthorizationTokenInactivityTimeout',
  label: 'Authorization token inactivity timeout',
  scope: { kind: 'system', id: '' },
  value: 60,
} as const;

/** A session for tests: began at noon, ends by inactivity an hour later. */
export function ownSession(overrides: Partial<OwnSession> & { id?: string; username?: string } = {}): OwnSession {
  const { id = 's1', username = 'ada', ...rest } = overrides;
  return {
    user: { username, role: 'Administrator', readOnly: false },
    session: { id, startedAt: minutesPastNoon(0), lastActivityAt: minutesPastNoon(0) },
    now: minutesPastNoon(0),
    endsAt: minutesPastNoon(60),
    endsBy: { reason: 'inactivity', key: inactivity.key, label: inactivity.label, scope: inactivity.scope, value: 60 },
    limits: { duration, inactivity },
    durationEndsAt: minutesPastNoon(480),
    warningMinutes: 5,
    recentAuthenticationUntil: minutesPastNoon(10),
    ...rest,
  };
}

export const ENDED: EndedEvent = {
  endedAt: minutesPastNoon(60),
  reason: 'inactivity',
  limit: inactivity,
  sentence: 'Your session ended at 2026-11-24 13:00:00 UTC: Authorization token inactivity timeout is 60 minutes.',
};
