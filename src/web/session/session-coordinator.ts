import type { Problem } from '../../wire/problems.ts';
import { ownSessionSchema, signedInSchema } from '../../wire/session.ts';
import type { OwnSession } from '../../wire/session.ts';
import { isSessionRefusal } from '../api/api-error.ts';
import type { callApi } from '../api/transport.ts';
import type { ServerClock } from './server-clock.ts';
import type { SessionChannel, TabMessage } from './session-channel.ts';
import type { SessionFeed } from './session-feed.ts';
import { nextState } from './session-state.ts';
import type { SessionEvent, SessionState } from './session-state.ts';

/** The longest delay that timers take without firing at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long after its own deadline the page asks: the server's word usually comes first, and clocks differ a little. */
const CHECK_AFTER_DEADLINE_MS = 400;
const RETRY_CHECK_MS = 5000;

interface Parts {
  readonly call: typeof callApi;
  readonly clock: ServerClock;
  readonly channel: SessionChannel;
  readonly feed: SessionFeed;
}

/**
 * What this tab knows of the browser's session, kept right by the server's events, by the other tabs, by its own
 * countdown and by asking. It decides what is shown, never what is allowed: that is the server's.
 */
export class SessionCoordinator {
  readonly clock: ServerClock;
  readonly #parts: Parts;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { phase: 'unknown' };
  #deadlineTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checking: Promise<void> | null = null;
  #checkAgain = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.clock = parts.clock;
  }

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The session that requests of this moment are sent under. */
  sessionId(): string | null {
    return 'own' in this.#state ? this.#state.own.session.id : null;
  }

  start(): void {
    this.#parts.channel.listen((message) => this.#hearTab(message));
    this.#listen();
    void this.check();
  }

  /** The tab is about to be frozen: whoever is awake is to listen for the browser. */
  freeze(): void {
    this.#parts.feed.stop();
  }

  /** The tab was frozen. */
  thaw(): void {
    this.recheck();
    this.#listen();
  }

  dispatch(event: SessionEvent): void {
    const { state, check } = nextState(this.#state, event);
    this.#become(state);
    if (check) this.#checkIn(event.type === 'deadline-passed' ? CHECK_AFTER_DEADLINE_MS : 0);
  }

  /** Hides the content at once if its time is up, then asks the portal. For pages that were asleep or hidden. */
  recheck(): void {
    this.#watchDeadline();
    this.#parts.feed.retryNow();
    void this.check();
  }

  /** Asks the portal who is signed in. Concurrent calls share one request; a call during one asks once more. */
  check(): Promise<void> {
    if (this.#checking !== null) {
      this.#checkAgain = true;
      return this.#checking;
    }
    clearTimeout(this.#checkTimer);
    this.#checking = this.#ask().finally(() => {
      this.#checking = null;
      if (!this.#checkAgain) return;
      this.#checkAgain = false;
      void this.check();
    });
    return this.#checking;
  }

  /**
   * Signs in, or signs in again in place of the present session.
   *
   * @throws ApiError with `invalid-credentials` or `too-many-attempts`, UnreachableError
   */
  async signIn(username: string, password: string): Promise<void> {
    await this.#adopt('/api/session', { username, password });
  }

  /** Makes the first administrator and signs in. @throws ApiError with `invalid-setup-token` or `invalid-request` */
  async setUp(token: string, username: string, password: string): Promise<void> {
    await this.#adopt('/api/setup', { token, username, password });
  }

  /** Tells the portal that a person is here. */
  async reportActivity(): Promise<void> {
    await this.#underSession(() => this.#adopt('/api/session/activity'));
  }

  /** Signs out, here and in every tab. @throws UnreachableError where the portal cannot be told */
  async signOut(): Promise<void> {
    const sessionId = this.sessionId();
    await this.#underSession(() => this.#parts.call({ method: 'DELETE', path: '/api/session', schema: null }));
    if (sessionId === null) return;
    const endedAt = new Date(this.clock.now()).toISOString();
    const end = { endedAt, reason: 'signed-out', limit: null, sentence: 'You signed out.' } as const;
    this.#parts.channel.post({ type: 'ended', end, sessionId });
    this.dispatch({ type: 'ended', end, sessionId });
  }

  /** A request that was sent under `sessionId` was refused since the session is over. */
  refused(problem: Problem, sessionId: string | null): void {
    this.dispatch({ type: 'refused', problem, sessionId });
  }

  #listen(): void {
    this.#parts.feed.start({
      opened: () => void this.check(),
      deadlineMoved: (news, sessionId) => {
        this.#parts.channel.post({ type: 'deadline-moved', news, sessionId });
        this.clock.heard(Date.parse(news.now));
        this.dispatch({ type: 'deadline-moved', news, sessionId });
      },
      ended: (end, sessionId) => {
        this.#parts.channel.post({ type: 'ended', end, sessionId });
        this.dispatch({ type: 'ended', end, sessionId });
      },
      lost: () => void this.check(),
    });
  }

  /** Runs a call that a dead session refuses, and takes note of such a refusal. */
  async #underSession(call: () => Promise<unknown>): Promise<void> {
    const sessionId = this.sessionId();
    try {
      await call();
    } catch (error) {
      if (isSessionRefusal(error)) this.refused(error.problem, sessionId);
      throw error;
    }
  }

  async #adopt(path: string, body?: unknown): Promise<void> {
    const sentAt = this.clock.local();
    const own = await this.#parts.call({ method: 'POST', path, body, schema: signedInSchema.omit({ token: true }) });
    this.#answered(own, sentAt);
  }

  async #ask(): Promise<void> {
    const sentAt = this.clock.local();
    const sessionId = this.sessionId();
    try {
      const own = await this.#parts.call({ path: '/api/session', schema: ownSessionSchema, background: true });
      this.#answered(own, sentAt);
    } catch (error) {
      if (isSessionRefusal(error)) this.#refusedCheck(error.problem, sessionId);
      else this.#couldNotAsk();
    }
  }

  /** What `GET /api/session` itself refuses is the truth about the browser's cookie, whichever session it was. */
  #refusedCheck(problem: Problem, sessionId: string | null): void {
    if (this.sessionId() !== sessionId) {
      this.#checkAgain = true;
      return;
    }
    const { endReason, ...rest } = problem;
    this.refused(endReason === undefined || endReason === 'replaced' ? rest : problem, sessionId);
  }

  #couldNotAsk(): void {
    this.dispatch({ type: 'unreachable' });
    const { phase } = this.#state;
    const mustKnow = phase === 'unreachable' || phase === 'checking' || (phase === 'ended' && !this.#state.confirmed);
    if (mustKnow) this.#checkIn(RETRY_CHECK_MS);
  }

  #answered(own: OwnSession, sentAt: number): void {
    const isNews = this.sessionId() !== own.session.id;
    this.clock.answered(Date.parse(own.now), sentAt);
    this.dispatch({ type: 'answered', own });
    if (isNews) this.#parts.channel.post({ type: 'current', sessionId: own.session.id });
  }

  #hearTab(message: TabMessage): void {
    switch (message.type) {
      case 'ended':
        return this.dispatch(message);
      case 'deadline-moved':
        this.clock.heard(Date.parse(message.news.now));
        return this.dispatch(message);
      case 'current':
        if (this.#state.phase !== 'live' || message.sessionId !== this.sessionId()) void this.check();
        return;
    }
  }

  #become(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.feed.follow(state.phase === 'live' ? state.own.session.id : null);
    this.#watchDeadline();
    for (const listener of this.#listeners) listener();
  }

  #watchDeadline(): void {
    clearTimeout(this.#deadlineTimer);
    if (this.#state.phase !== 'live' || this.#state.own.endsAt === null) return;
    const left = Date.parse(this.#state.own.endsAt) - this.clock.now();
    if (left <= 0) {
      this.dispatch({ type: 'deadline-passed' });
      return;
    }
    this.#deadlineTimer = setTimeout(() => this.#watchDeadline(), Math.min(Math.ceil(left), MAX_TIMER_MS));
  }

  #checkIn(ms: number): void {
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.check(), ms);
  }
}
