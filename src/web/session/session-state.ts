import type { z } from 'zod';
import type { EndReason } from '../../core/end-reason.ts';
import type { LimitView } from '../../wire/limit.ts';
import type { Problem } from '../../wire/problems.ts';
import type { EndedEvent, OwnSession, sessionEventSchemas } from '../../wire/session.ts';

/** What the page knows of how its session ended. */
export interface PageEnd {
  readonly endedAt: number | null;
  readonly reason: EndReason | null;
  readonly limit: Pick<LimitView, 'label' | 'scope' | 'value'> | null;
}

/**
 * What one tab knows of its session. Content is shown in `live` only.
 *
 * - `unknown`: the portal has not answered yet
 * - `unreachable`: it was asked and does not answer
 * - `signed-out`: nobody is signed in, and nobody was in this tab
 * - `checking`: hidden until the portal says that the session still lives
 * - `ended`: over; `confirmed` is false where only the page's own countdown says so
 */
export type SessionState =
  | { readonly phase: 'unknown' }
  | { readonly phase: 'unreachable' }
  | { readonly phase: 'signed-out' }
  | { readonly phase: 'live'; readonly own: OwnSession }
  | { readonly phase: 'checking'; readonly own: OwnSession }
  | { readonly phase: 'ended'; readonly own: OwnSession; readonly end: PageEnd; readonly confirmed: boolean };

export type DeadlineNews = z.infer<typeof sessionEventSchemas.session>;

export type SessionEvent =
  /** The portal answered who is signed in. */
  | { readonly type: 'answered'; readonly own: OwnSession }
  /** The portal refused a request that was sent under session `sessionId` (null: none known then). */
  | { readonly type: 'refused'; readonly problem: Problem; readonly sessionId: string | null }
  | { readonly type: 'unreachable' }
  /** Session `sessionId` ended, as the portal pushed or another tab passed on. */
  | { readonly type: 'ended'; readonly end: EndedEvent; readonly sessionId: string }
  | { readonly type: 'deadline-moved'; readonly news: DeadlineNews; readonly sessionId: string }
  /** The page's own countdown reached the deadline. */
  | { readonly type: 'deadline-passed' }
  /** The page goes into, or comes back from, the back-forward cache. */
  | { readonly type: 'suspended' };

export interface Step {
  readonly state: SessionState;
  /** Whether the portal must be asked again now. */
  readonly check: boolean;
}

/** The next state of a tab's session, and whether to ask the portal. Pure. */
export function nextState(state: SessionState, event: SessionEvent): Step {
  switch (event.type) {
    case 'answered':
      return settled({ phase: 'live', own: event.own });
    case 'refused':
      return afterRefusal(state, event.problem, event.sessionId);
    case 'unreachable':
      return settled(state.phase === 'unknown' ? { phase: 'unreachable' } : state);
    case 'ended':
      return afterEnd(state, event.end, event.sessionId);
    case 'deadline-moved':
      return settled(
        state.phase === 'live' && state.own.session.id === event.sessionId
          ? { phase: 'live', own: { ...state.own, ...event.news } }
          : state,
      );
    case 'deadline-passed':
      return state.phase === 'live' ? { state: endedByCountdown(state.own), check: true } : settled(state);
    case 'suspended':
      return state.phase === 'live' ? { state: { phase: 'checking', own: state.own }, check: true } : settled(state);
  }
}

function afterRefusal(state: SessionState, problem: Problem, sessionId: string | null): Step {
  if (!('own' in state)) return settled({ phase: 'signed-out' });
  if (state.phase === 'ended' && state.confirmed) return settled(state);
  // Another session has begun since the request was sent, or has replaced the one it was sent under: ask.
  const isOutdated = sessionId !== state.own.session.id || problem.endReason === 'replaced';
  if (isOutdated) return { state, check: true };
  return settled({ phase: 'ended', own: state.own, end: endOfProblem(problem, state), confirmed: true });
}

function afterEnd(state: SessionState, end: EndedEvent, sessionId: string): Step {
  if (!('own' in state) || state.own.session.id !== sessionId) return settled(state);
  if (end.reason === 'replaced') return { state, check: true };
  if (state.phase === 'ended' && state.confirmed) return settled(state);
  const pageEnd = { endedAt: Date.parse(end.endedAt), reason: end.reason, limit: end.limit };
  return settled({ phase: 'ended', own: state.own, end: pageEnd, confirmed: true });
}

function endedByCountdown(own: OwnSession): SessionState {
  const { endsAt, endsBy } = own;
  const { label, scope, value } = endsBy;
  const limit = label === null || scope === null || value === null ? null : { label, scope, value };
  const end = { endedAt: endsAt === null ? null : Date.parse(endsAt), reason: endsBy.reason, limit };
  return { phase: 'ended', own, end, confirmed: false };
}

function endOfProblem(problem: Problem, state: SessionState): PageEnd {
  const known = state.phase === 'ended' ? state.end : { endedAt: null, reason: null, limit: null };
  return {
    endedAt: problem.endedAt === undefined ? known.endedAt : Date.parse(problem.endedAt),
    reason: problem.endReason ?? known.reason,
    limit: problem.limit ?? (problem.endReason === undefined ? known.limit : null),
  };
}

function settled(state: SessionState): Step {
  return { state, check: false };
}
