import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import type { FakeClock } from '../system/fake-clock.ts';
import { createRandom } from './life.fixture.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const KEYS = ['AuthorizationTokenSessionDuration', 'AuthorizationTokenInactivityTimeout'] as const;
const SCOPE_KEYS = ['MaximumK8sSessionDuration', 'K8sSessionInactivityTimeout'] as const;
const SCOPES = [
  { kind: 'cluster', id: 'c1' },
  { kind: 'tenant', id: 't1' },
] as const;
/** A hint takes this long at most. */
const SLOWEST_HINT_MS = 50;

/** One of the replicas: what it is told arrives late, and not at all while its feed is lost. */
class SimulatedReplica {
  readonly test: TestSessions;
  readonly #random: (below: number) => number;
  isListening = true;
  /** How often it lost its feed. */
  losses = 0;

  constructor(test: TestSessions, random: (below: number) => number) {
    this.test = test;
    this.#random = random;
    test.hearing.isAlone = () => false;
    test.hearing.isCurrent = () => this.isListening;
    test.hearing.catchUp = () => test.sessions.load();
  }

  tell(act: (sessions: TestSessions['sessions']) => unknown): void {
    if (!this.isListening) return;
    const { clock, sessions } = this.test;
    clock.setTimer(clock.now() + this.#random(SLOWEST_HINT_MS), () => void act(sessions));
  }

  lose(): void {
    this.isListening = false;
    this.losses++;
  }

  async listenAgain(): Promise<void> {
    this.isListening = true;
    await this.test.sessions.load();
    await this.test.sessions.elsewhere.rereadAll();
  }
}

/** Several replicas on one store, each with streams of its own, and what one writes told to all. */
class Company {
  readonly clock: FakeClock = createFakeClock();
  readonly store = createMemoryStore();
  readonly random: (below: number) => number;
  readonly replicas: SimulatedReplica[] = [];
  readonly tokens: string[] = [];
  readonly streams: { replica: SimulatedReplica; id: string; losses: number; cutAt: number | null }[] = [];
  /** When a person last did something in a session, through whichever replica. */
  readonly activeAt = new Map<string, number>();

  constructor(seed: number) {
    this.random = createRandom(seed);
    this.#tellEnds();
    this.#tellLimits();
    this.#tellActivity();
  }

  #tellEnds(): void {
    const { endSessions } = this.store;
    this.store.endSessions = async (ends) => {
      const won = await endSessions(ends);
      for (const replica of this.replicas) replica.tell(({ elsewhere }) => elsewhere.reread(won));
      return won;
    };
  }

  #tellLimits(): void {
    const { writeSetting, writeScopeLimit } = this.store;
    const tell = (): void => {
      for (const replica of this.replicas) replica.tell((sessions) => sessions.load());
    };
    this.store.writeSetting = async (...setting) => {
      const before = await writeSetting(...setting);
      tell();
      return before;
    };
    this.store.writeScopeLimit = async (...change) => {
      const before = await writeScopeLimit(...change);
      tell();
      return before;
    };
  }

  /** As the database does: activity is told where it follows a pause, and not at every keystroke. */
  #tellActivity(): void {
    const { recordActivity, findRows } = this.store;
    this.store.recordActivity = async (rows) => {
      const before = new Map(
        (await findRows(rows.map(({ id }) => id))).map(({ id, lastActivityAt }) => [id, lastActivityAt]),
      );
      await recordActivity(rows);
      const news = rows.filter(({ id, at }) => at > (before.get(id) ?? 0) + 5000).map(({ id }) => id);
      for (const replica of this.replicas) replica.tell(({ elsewhere }) => elsewhere.reread(news));
    };
  }

  async open(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.replicas.push(new SimulatedReplica(await createTestSessions(this.store, this.clock), this.random));
    }
  }

  get any(): SimulatedReplica {
    const [first] = this.replicas;
    const chosen = this.replicas[this.random(this.replicas.length)] ?? first;
    if (chosen === undefined) throw new Error('there is no replica');
    return chosen;
  }

  async signIn(): Promise<void> {
    const { session, token } = await this.any.test.sessions.startPortal(ADA, 'cookie', null);
    this.tokens.push(token);
    this.activeAt.set(session.id, this.clock.now());
  }

  /** A person works through any of the replicas, and leaves a stream open there. */
  async work(): Promise<void> {
    const token = this.tokens[this.random(this.tokens.length || 1)];
    if (token === undefined) return;
    const replica = this.any;
    const found = await replica.test.sessions.authenticate(token);
    if (!found.live) return;
    const session = await this.#enter(found.session, replica);
    if (session === null) return;
    session.touch();
    for (const each of [session, found.session]) this.activeAt.set(each.id, this.clock.now());
    // Without its feed, the loss that lasts is one that it will have missed something by.
    const losses = replica.isListening ? replica.losses : replica.losses - 1;
    const stream = { replica, id: session.id, losses, cutAt: null as number | null };
    const admission = session.openStream({ kind: 'watch', cut: () => void (stream.cutAt = this.clock.now()) });
    if (admission.open) this.streams.push(stream);
  }

  /** Into the portal, a cluster, another one, or a tenant of it; null where the time there is used up. */
  async #enter(portal: LiveSession, replica: SimulatedReplica): Promise<LiveSession | null> {
    const places = [null, ['c1', null], ['c1', 't1'], ['c2', null]] as const;
    const place = places[this.random(places.length)] ?? null;
    if (place === null) return portal;
    try {
      return await replica.test.sessions.openKubernetes(portal, place[0], place[1]);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/reauthentication-required|session-ended/) });
      return null;
    }
  }

  /** Somebody types for some minutes, through one replica alone. */
  async workOn(): Promise<void> {
    const token = this.tokens[this.random(this.tokens.length || 1)];
    const replica = this.any;
    const found = token === undefined ? null : await replica.test.sessions.authenticate(token);
    const session = found?.live === true ? await this.#enter(found.session, replica) : null;
    if (session === null) return;
    for (let count = 0; count < 100 && session.end() === null; count++) {
      session.touch();
      for (const each of [session, session.parent]) if (each !== null) this.activeAt.set(each.id, this.clock.now());
      await this.pass(4000);
    }
  }

  async changeLimit(): Promise<void> {
    await this.any.test.set(KEYS[this.random(KEYS.length)] ?? KEYS[0], this.someMinutes());
  }

  /** Often few, so that somebody works on for longer than they are. */
  someMinutes(): string {
    return String(2 + this.random(this.random(2) === 0 ? 4 : 60));
  }

  async changeScopeLimit(): Promise<void> {
    const target = { scope: SCOPES[this.random(SCOPES.length)] ?? SCOPES[0], within: [] };
    const { scopeLimits } = this.any.test;
    const key = SCOPE_KEYS[this.random(SCOPE_KEYS.length)] ?? SCOPE_KEYS[0];
    if (this.random(4) > 0) return scopeLimits.set(target, key, this.someMinutes(), 'ada', null);
    await scopeLimits.remove(target, key, 'ada', null).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'not-found' });
    });
  }

  async endSomebody(): Promise<void> {
    const { items } = await this.store.listSessions({ state: 'live', search: '', offset: 0, limit: 100 });
    const chosen = items[this.random(items.length || 1)];
    if (chosen !== undefined) await this.any.test.sessions.end(chosen.session.id, 'revoked');
  }

  /** Time passes as it does for replicas: every second each reads what would end soon. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      await this.clock.advance(Math.min(left, 1000));
      for (const { isListening, test } of this.replicas) if (isListening) await test.sessions.elsewhere.rereadDue();
    }
  }

  async step(): Promise<void> {
    const actions: (() => unknown)[] = [
      () => this.signIn(),
      () => this.work(),
      () => this.work(),
      () => this.work(),
      () => this.workOn(),
      () => this.pass(this.random(3 * MINUTE_MS)),
      () => this.pass(this.random(25 * MINUTE_MS)),
      () => (this.random(3) === 0 ? this.changeLimit() : undefined),
      () => (this.random(2) === 0 ? this.changeScopeLimit() : undefined),
      () => (this.random(4) === 0 ? this.endSomebody() : undefined),
      () => (this.random(3) === 0 ? this.any.lose() : undefined),
      () => this.any.listenAgain(),
    ];
    await actions[this.random(actions.length)]?.();
  }

  /** What holds once every hint that was sent has arrived, for replicas that hear. */
  async check(): Promise<void> {
    await this.clock.advance(SLOWEST_HINT_MS + 1);
    for (const stream of this.streams) {
      const row = (await this.store.findSession(stream.id))?.session;
      if (row === undefined || !stream.replica.isListening) continue;
      // Nothing that has ended for anybody lives on here.
      if (row.end !== null) expect(stream.cutAt, `a stream of ${stream.id}`).not.toBeNull();
      // And nothing is cut whose session lives, as long as nothing was missed.
      else if (stream.losses === stream.replica.losses) expect(stream.cutAt, `a stream of ${stream.id}`).toBeNull();
    }
    const { items } = await this.store.listSessions({ state: 'ended', search: '', offset: 0, limit: 10_000 });
    for (const { session } of items) {
      if (session.end?.reason !== 'inactivity') continue;
      // Nobody is idle who works, through whichever replica.
      const idleMs = session.end.at - (this.activeAt.get(session.id) ?? 0);
      expect(idleMs).toBeGreaterThanOrEqual((session.end.limit?.minutes ?? 0) * MINUTE_MS - 1000);
    }
  }

  async finish(): Promise<void> {
    for (const replica of this.replicas) await replica.listenAgain();
    await this.pass(24 * 60 * MINUTE_MS);
    for (const { test } of this.replicas) await test.sessions.sweep(1e15);
    const page = { search: '', offset: 0, limit: 10_000 };
    const { items, total } = await this.store.listSessions({ ...page, state: 'all' });
    expect(items.every(({ session }) => session.end !== null)).toBe(true);
    // Each ends once, whoever found it.
    expect((await this.store.listAudit({ ...page, search: 'session.ended' })).total).toBe(total);
    expect(this.replicas.flatMap(({ test }) => test.ends)).toHaveLength(total);
    expect(this.streams.every(({ cutAt }) => cutAt !== null)).toBe(true);
    expect(this.replicas.flatMap(({ test }) => test.failures)).toEqual([]);
  }
}

describe('several replicas, whatever happens', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))('seed %i', async (seed) => {
    const company = new Company(seed);
    await company.open(3);
    await company.signIn();
    for (let count = 0; count < 60; count++) {
      await company.step();
      await company.check();
    }
    await company.finish();
    expect(company.tokens.length).toBeGreaterThan(0);
  });
});
