import { describe, expect, it } from 'vitest';
import type { Problem } from '../../wire/problems.ts';
import { ENDED, NOON, minutesPastNoon, ownSession } from './own-session.fixture.ts';
import { nextState } from './session-state.ts';
import type { SessionState } from './session-state.ts';

const own = ownSession();
const live: SessionState = { phase: 'live', own };
const refusal: Problem = {
  type: 'about:blank',
  title: 'The session has ended',
  status: 401,
  detail: ENDED.sentence,
  code: 'session-ended',
  endReason: 'max-duration',
  endedAt: minutesPastNoon(30),
  limit: null,
};

describe('nextState', () => {
  it('shows content once the portal has answered, not before', () => {
    expect(nextState({ phase: 'unknown' }, { type: 'answered', own })).toEqual({ state: live, check: false });
    expect(nextState({ phase: 'unknown' }, { type: 'unreachable' }).state).toEqual({ phase: 'unreachable' });
    expect(nextState({ phase: 'unknown' }, { type: 'refused', problem: refusal, sessionId: null }).state).toEqual({
      phase: 'signed-out',
    });
  });

  it('ends at a pushed end, with its reason', () => {
    const { state, check } = nextState(live, { type: 'ended', end: ENDED, sessionId: 's1' });
    expect(state).toMatchObject({
      phase: 'ended',
      confirmed: true,
      end: { endedAt: NOON + 3_600_000, reason: 'inactivity', limit: { value: 60 } },
    });
    expect(check).toBe(false);
  });

  it('ignores the end of an older session', () => {
    expect(nextState(live, { type: 'ended', end: ENDED, sessionId: 's0' })).toEqual({ state: live, check: false });
  });

  it('asks again where the session was replaced, and keeps the page meanwhile', () => {
    const end = { ...ENDED, reason: 'replaced' } as const;
    expect(nextState(live, { type: 'ended', end, sessionId: 's1' })).toEqual({ state: live, check: true });
    const problem: Problem = { ...refusal, endReason: 'replaced' };
    expect(nextState(live, { type: 'refused', problem, sessionId: 's1' })).toEqual({ state: live, check: true });
  });

  it('ends at a refusal, with what the problem says', () => {
    expect(nextState(live, { type: 'refused', problem: refusal, sessionId: 's1' }).state).toMatchObject({
      phase: 'ended',
      end: { endedAt: NOON + 30 * 60_000, reason: 'max-duration' },
    });
  });

  it('asks again where the refused request belongs to an older session', () => {
    expect(nextState(live, { type: 'refused', problem: refusal, sessionId: 's0' })).toEqual({
      state: live,
      check: true,
    });
  });

  it('hides at its own deadline, then asks', () => {
    const { state, check } = nextState(live, { type: 'deadline-passed' });
    expect(state).toMatchObject({
      phase: 'ended',
      confirmed: false,
      end: { endedAt: NOON + 3_600_000, reason: 'inactivity', limit: { value: 60 } },
    });
    expect(check).toBe(true);
    expect(nextState(state, { type: 'unreachable' }).state).toBe(state);
    expect(nextState(state, { type: 'answered', own: ownSession({ endsAt: minutesPastNoon(90) }) }).state.phase).toBe(
      'live',
    );
    expect(nextState(state, { type: 'refused', problem: refusal, sessionId: 's1' }).state).toMatchObject({
      confirmed: true,
      end: { reason: 'max-duration' },
    });
  });

  it('keeps what it knew where a refusal says less', () => {
    const ended = nextState(live, { type: 'deadline-passed' }).state;
    const bare: Problem = {
      type: 'about:blank',
      title: 'Sign in first',
      status: 401,
      detail: 'Sign in first.',
      code: 'authentication-required',
    };
    expect(nextState(ended, { type: 'refused', problem: bare, sessionId: 's1' }).state).toMatchObject({
      confirmed: true,
      end: { reason: 'inactivity', limit: { value: 60 } },
    });
  });

  it('does not let a confirmed end be reworded', () => {
    const ended = nextState(live, { type: 'ended', end: ENDED, sessionId: 's1' }).state;
    expect(nextState(ended, { type: 'refused', problem: refusal, sessionId: 's1' }).state).toBe(ended);
    expect(nextState(ended, { type: 'deadline-passed' }).state).toBe(ended);
    expect(nextState(ended, { type: 'suspended' }).state).toBe(ended);
  });

  it('hides when it comes back from the back-forward cache until the portal answers', () => {
    const { state, check } = nextState(live, { type: 'suspended' });
    expect(state).toEqual({ phase: 'checking', own });
    expect(check).toBe(true);
    expect(nextState(state, { type: 'unreachable' }).state.phase).toBe('checking');
    expect(nextState(state, { type: 'answered', own }).state).toEqual(live);
  });

  it('moves the deadline of its own session only', () => {
    const news = { ...ownSession({ endsAt: minutesPastNoon(5) }) };
    expect(nextState(live, { type: 'deadline-moved', news, sessionId: 's1' }).state).toMatchObject({
      own: { endsAt: minutesPastNoon(5) },
    });
    expect(nextState(live, { type: 'deadline-moved', news, sessionId: 's0' }).state).toBe(live);
  });
});
