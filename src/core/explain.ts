import { catalogueEntry } from './catalogue.ts';
import type { Limit, Scope } from './limits.ts';
import { describePlace } from './place.ts';
import type { Session, SessionEnd } from './session.ts';
import type { SessionKind } from './session-kind.ts';

const SUBJECT: Record<SessionKind, string> = {
  portal: 'Your session',
  'api-token': 'Your API token',
  kubernetes: 'Your Kubernetes session',
};

/** A session in the sentences of the record: `Portal session`, `API token “ci”`, `Kubernetes session at local`. */
export function describeSession(session: Pick<Session, 'kind' | 'clusterId' | 'tenantId' | 'apiToken'>): string {
  switch (session.kind) {
    case 'portal':
      return 'Portal session';
    case 'api-token':
      return `API token “${session.apiToken?.name ?? '?'}”`;
    case 'kubernetes':
      return `Kubernetes session at ${describePlace(session)}`;
  }
}

/** A duration in minutes for people: `1 minute`, `45 minutes`, `off`. */
export function describeMinutes(minutes: number): string {
  if (minutes === 0) return 'off';
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** Whom a limit concerns, for people: `the system`, `the cluster local`. */
export function describeScope({ kind, id, name = id }: Scope): string {
  return kind === 'system' ? 'the system' : `the ${kind} ${name}`;
}

/** Whose a limit is, to be put behind it: `, the limit of the cluster local`; nothing for the system's. */
export function scopeRemark(scope: Scope): string {
  return scope.kind === 'system' ? '' : `, the limit of ${describeScope(scope)}`;
}

/** A limit in words: `Maximum K8s Session Duration is 60 minutes`, with its scope where it is not the system's. */
export function describeLimit({ key, scope, minutes }: Limit): string {
  return `${catalogueEntry(key).label} is ${describeMinutes(minutes)}${scopeRemark(scope)}`;
}

/** What to know of an inactivity timeout that can never act, beside this duration; null where it can. 0 means off. */
export function describeNeverActing(inactivityMinutes: number, durationMinutes: number): string | null {
  if (inactivityMinutes === 0 || inactivityMinutes < durationMinutes) return null;
  const [never, anyway] = [describeMinutes(inactivityMinutes), describeMinutes(durationMinutes)];
  return `The inactivity timeout of ${never} never acts: the session ends after ${anyway} anyway.`;
}

/**
 * Why a session ended, as one line; the same words in kubectl, API and audit. Pages show the time in the browser's
 * zone and build their own sentence of the same parts.
 */
export function describeEnd(kind: SessionKind, end: SessionEnd): string {
  const at = `${new Date(end.at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  // That ends streams, and no session.
  if (end.reason === 'shutdown')
    return `The server behind this went out of service at ${at}. ${SUBJECT[kind]} goes on.`;
  return `${SUBJECT[kind]} ended at ${at}: ${describeCause(end)}.`;
}

/** What ended a session, without the time. */
export function describeCause(end: SessionEnd): string {
  if (end.limit !== null) return describeLimit(end.limit);
  switch (end.reason) {
    case 'signed-out':
      return 'you signed out';
    case 'closed':
      return 'it was closed';
    case 'revoked':
      return 'it was ended by a person';
    case 'user-disabled':
      return 'the account was disabled';
    case 'replaced':
      return 'you signed in again';
    case 'parent-ended':
      return 'the session it belonged to ended';
    case 'identity-provider':
      return 'the identity provider ended it';
    case 'shutdown':
      return 'the server behind it went out of service';
    case 'max-duration':
      return 'its maximum duration was reached';
    case 'inactivity':
      return 'it was inactive for too long';
  }
}
