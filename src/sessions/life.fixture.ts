import { expect } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { isSameScope, isWithin } from '../core/limits.ts';
import type { LimitChange, Scope } from '../core/limits.ts';
import type { SessionEnd } from '../core/session.ts';
import type { LiveSession } from './live-session.ts';
import { ADA } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const KEYS = [
  'AuthorizationTokenSessionDuration',
  'AuthorizationTokenInactivityTimeout',
  'MaximumK8sSessionDuration',
  'K8sSessionInactivityTimeout',
] as const;

const SCOPED_KEYS = ['MaximumK8sSessionDuration', 'K8sSessionInactivityTimeout'] as const;
const CLUSTERS = ['c0', 'c1', 'c2'] as const;
/** Each of them has one tenant. */
const tenantOf = (clusterId: string): string => `tenant-of-${clusterId}`;

/** mulberry32: small, seeded, good enough to choose what happens next. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A session that somebody looks at, with a stream of its own. */
export interface Watched {
  readonly session: LiveSession;
  readonly token: string;
  /** When it was opened. Its time may run from earlier: sign-ins of one instant share what they have at a cluster. */
  readonly openedAt: number;
  /** Deadline and activity when last looked at. */
  deadline: number;
  activity: string;
  readonly cuts: { end: SessionEnd; at: number }[];
}

function activityOf(session: LiveSession): string {
  return `${session.lastActivityAt} ${session.parent?.lastActivityAt}`;
}

/** What happens in a portal's life, chosen at random, and the rules that hold whatever happens. */
export class Life {
  test: TestSessions;
  readonly random: (below: number) => number;
  watched: Watched[] = [];
  /** Every change of a limit of a cluster or a tenant. */
  readonly scopeChanges: LimitChange[] = [];

  constructor(test: TestSessions, random: (below: number) => number) {
    this.test = test;
    this.random = random;
  }

  async step(): Promise<void> {
    const actions = this.actions();
    await actions[this.random(actions.length)]?.();
    this.check();
  }

  actions(): (() => unknown)[] {
    const { clock } = this.test;
    return [
      () => this.signIn(),
      () => this.openCluster(),
      () => this.someone()?.session.touch(),
      () => this.someone()?.session.touch(),
      () => this.changeLimit(),
      () => this.changeScopeLimit(),
      () => this.endSomebody(),
      () => clock.advance(this.random(10 * MINUTE_MS)),
      () => clock.advance(this.random(60 * MINUTE_MS)),
      () => clock.jump(this.random(30 * MINUTE_MS)),
      () => (this.random(4) === 0 ? this.restart() : undefined),
    ];
  }

  async signIn(): Promise<void> {
    const { session, token } = await this.test.sessions.startPortal(ADA, 'cookie', null);
    this.watch(session, token);
  }

  async openCluster(): Promise<void> {
    const portal = this.someone('portal');
    if (portal === undefined) return;
    try {
      const session = await this.test.sessions.openKubernetes(portal.session, ...this.anyPlace());
      if (this.watched.some((each) => each.session === session)) return;
      this.watch(session, await this.test.sessions.issueToken(session, 'kubernetes', null));
    } catch (error) {
      // Only a session that has ended may refuse.
      expect(error).toMatchObject({ code: expect.stringMatching(/reauthentication-required|session-ended/) });
    }
  }

  async changeLimit(): Promise<void> {
    const key = KEYS[this.random(KEYS.length)] ?? KEYS[0];
    const isInactivity = key.includes('Inactivity');
    if (this.random(5) === 0) await this.test.config.delete(key, 'ada', null).catch(() => undefined);
    else await this.test.set(key, String(this.random(120) + (isInactivity ? 0 : 1)));
  }

  anyPlace(): [clusterId: string, tenantId: string | null] {
    const clusterId = CLUSTERS[this.random(CLUSTERS.length)] ?? CLUSTERS[0];
    return [clusterId, this.random(2) === 0 ? null : tenantOf(clusterId)];
  }

  async changeScopeLimit(): Promise<void> {
    const key = SCOPED_KEYS[this.random(SCOPED_KEYS.length)] ?? SCOPED_KEYS[0];
    const [clusterId, tenantId] = this.anyPlace();
    const scope: Scope = tenantId === null ? { kind: 'cluster', id: clusterId } : { kind: 'tenant', id: tenantId };
    const isSet = this.standingAt(scope, key) !== null;
    const minutes = isSet && this.random(3) === 0 ? null : 1 + this.random(120);
    const [at, target] = [this.test.clock.now(), { scope, within: [] }];
    if (minutes === null) await this.test.scopeLimits.remove(target, key, 'ada', null);
    else await this.test.scopeLimits.set(target, key, `${minutes}`, 'ada', null);
    this.scopeChanges.push({ key, scope, minutes, at });
  }

  standingAt(scope: Scope, key: string): number | null {
    return this.scopeChanges.findLast((each) => each.key === key && isSameScope(each.scope, scope))?.minutes ?? null;
  }

  /** The limits of clusters and tenants that bind a session: those in force at some instant since it started. */
  scopeLimitsOf(session: LiveSession, key: string): LimitChange[] {
    const there = this.scopeChanges.filter((each) => each.key === key && isWithin(session, each.scope));
    return there.filter((change) => {
      const next = there.slice(there.indexOf(change) + 1).find(({ scope }) => isSameScope(scope, change.scope));
      return change.minutes !== null && (next === undefined || next.at >= session.startedAt);
    });
  }

  checkScopes(session: LiveSession): void {
    for (const [by, key] of [
      ['duration', SCOPED_KEYS[0]],
      ['inactivity', SCOPED_KEYS[1]],
    ] as const) {
      const limit = session.limits[by];
      const binding = session.kind === 'kubernetes' ? this.scopeLimitsOf(session, key) : [];
      // Tightened at once, and loosened for nobody who lives.
      for (const { minutes } of binding) expect(limit?.minutes).toBeLessThanOrEqual(minutes ?? 0);
      // And by no limit of anywhere else.
      if (limit === null || limit.scope.kind === 'system') continue;
      expect(binding.filter(({ minutes }) => minutes === limit.minutes).map(({ scope }) => scope)).toContainEqual(
        limit.scope,
      );
    }
  }

  async endSomebody(): Promise<void> {
    const one = this.someone();
    if (one !== undefined && this.random(3) === 0) await this.test.sessions.end(one.session.id, 'revoked');
  }

  /** The process stops and starts: whoever is signed in stays so, with the same deadline. */
  async restart(): Promise<void> {
    const before = this.living();
    await this.test.sessions.stop();
    this.test = await this.test.restart();
    await this.meetAgain(before, (now, then) => expect(now).toBe(then));
  }

  living(): Watched[] {
    return this.watched.filter(({ session }) => session.end() === null);
  }

  /** Those who lived before a restart come back with their tokens, to the deadline that `compare` expects. */
  async meetAgain(before: readonly Watched[], compare: (now: number, then: number) => void): Promise<void> {
    this.watched = [];
    for (const { session, token, deadline, openedAt } of before) {
      const again = await this.test.sessions.authenticate(token);
      expect(again.live).toBe(true);
      if (!again.live) continue;
      compare(again.session.deadline().at, session.deadline().at);
      expect(again.session.deadline().at).toBeLessThanOrEqual(deadline);
      this.watch(again.session, token, openedAt);
    }
  }

  watch(session: LiveSession, token: string, openedAt = session.lastActivityAt): void {
    const cuts: Watched['cuts'] = [];
    session.openStream({ kind: 'exec', cut: (end) => void cuts.push({ end, at: this.test.clock.now() }) });
    this.watched.push({
      session,
      token,
      openedAt,
      deadline: session.deadline().at,
      activity: activityOf(session),
      cuts,
    });
  }

  someone(kind?: 'portal'): Watched | undefined {
    const live = this.watched.filter(
      ({ session }) => session.end() === null && (kind === undefined || session.kind === kind),
    );
    return live[this.random(live.length || 1)];
  }

  check(): void {
    const now = this.test.clock.now();
    for (const each of this.watched) {
      const { session, cuts } = each;
      const end = session.end();
      expect(cuts.length).toBe(end === null ? 0 : 1);
      if (end !== null) {
        expect(cuts[0]?.end.at).toBe(end.at);
        expect(end.at).toBeLessThanOrEqual(now);
        continue;
      }
      const { at } = session.deadline();
      expect(at).toBeGreaterThan(now);
      this.checkScopes(session);
      // Only activity, its own or its parent's, puts a deadline off.
      if (activityOf(session) === each.activity) expect(at).toBeLessThanOrEqual(each.deadline);
      if (session.parent !== null) {
        expect(session.parent.end()).toBeNull();
        expect(at).toBeLessThanOrEqual(session.parent.deadline().at);
        // Its start is no activity of its parent yet, what is done in it is.
        const { lastActivityAt, parent } = session;
        if (lastActivityAt > each.openedAt) expect(parent.lastActivityAt).toBeGreaterThanOrEqual(lastActivityAt);
      }
      each.deadline = at;
      each.activity = activityOf(session);
    }
  }

  /** Everybody leaves; in the end each session has ended, once, and nothing failed on the way. */
  async finish(): Promise<void> {
    await this.test.clock.jump(365 * 24 * 60 * MINUTE_MS);
    await this.test.sessions.sweep(1e15);
    const page = { search: '', offset: 0, limit: 10_000 };
    const { items, total } = await this.test.store.listSessions({ ...page, state: 'all' });
    expect(items.every(({ session }) => session.end !== null)).toBe(true);
    const recorded = await this.test.store.listAudit({ ...page, search: 'session.ended' });
    expect(recorded.total).toBe(total);
    expect(new Set(recorded.items.map(({ subject }) => subject)).size).toBe(total);
    expect(this.test.failures).toEqual([]);
  }
}
