import { afterEach, expect, it, vi } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import { createSystemClock } from '../system/clock.ts';
import type { FakeClock } from '../system/fake-clock.ts';
import { createVirtualMachine } from '../system/virtual-machine.fixture.ts';
import type { VirtualMachine } from '../system/virtual-machine.fixture.ts';
import { Life, createRandom } from './life.fixture.ts';
import { createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

// A portal's life in fast motion: people work, administrators change limits, the process restarts, the machine sleeps
// and its clock jumps. Whatever happens, the rules of design section 2 hold. A failing run tells its seed.

const SEEDS = 150;
const STEPS = 120;
const MACHINE_SEEDS = 60;

/** @returns how many lives were lived to their end */
async function live(seeds: number, begin: (random: (below: number) => number) => Promise<Life>): Promise<number> {
  let lived = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const life = await begin(createRandom(seed));
    try {
      for (let step = 0; step < STEPS; step++) await life.step();
      await life.finish();
      lived++;
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  return lived;
}

it(`holds in ${SEEDS} lives`, { timeout: 60_000 }, async () => {
  expect(await live(SEEDS, async (random) => new Life(await createTestSessions(), random))).toBe(SEEDS);
});

/** The longest that the system's clock takes to notice that time jumped. */
const NOTICED_MS = 1001;

/** The system's own clock on a virtual machine; the machine is moved as a fake clock is. */
function clockOn(machine: VirtualMachine, floor: number): FakeClock {
  return {
    ...createSystemClock(floor, machine),
    advance: machine.run,
    async jump(ms) {
      machine.sleep(ms);
      await machine.run(NOTICED_MS);
    },
    waiting: Number.NaN,
  };
}

/** A life on the system's own clock, whose wall clock is set forward and back, and whose process is also killed. */
class LifeOnMachine extends Life {
  readonly machine: VirtualMachine;
  #seen: { readonly now: number; readonly awake: number } | null = null;

  constructor(test: TestSessions, random: (below: number) => number, machine: VirtualMachine) {
    super(test, random);
    this.machine = machine;
  }

  override actions(): (() => unknown)[] {
    const minutes = (most: number) => this.random(most * MINUTE_MS);
    return [
      ...super.actions(),
      () => this.setWall(minutes(20)),
      () => this.setWall(-minutes(20)),
      () => this.setWall(-minutes(600)),
      () => (this.random(4) === 0 ? this.crash() : undefined),
    ];
  }

  async setWall(byMs: number): Promise<void> {
    this.machine.setWall(byMs);
    await this.machine.run(NOTICED_MS);
  }

  override async restart(): Promise<void> {
    const before = this.living();
    await this.test.sessions.stop();
    await this.reopen();
    await this.meetAgain(before, (now, then) => expect(now).toBe(then));
  }

  /** Killed: the activity of the last second is lost, so that a session ends earlier perhaps, and never later. */
  async crash(): Promise<void> {
    const before = this.living();
    this.machine.kill();
    await this.reopen();
    await this.meetAgain(before, (now, then) => expect(now).toBeLessThanOrEqual(then));
  }

  async reopen(): Promise<void> {
    const { store } = this.test;
    this.test = await createTestSessions(store, clockOn(this.machine, await store.newestInstant()));
    this.#seen = null;
  }

  override check(): void {
    super.check();
    const [now, awake] = [this.test.clock.now(), this.machine.monotonic()];
    // As long as the process runs, no setting of the clock gives a session more time awake than it has.
    if (this.#seen !== null) {
      expect(now - this.#seen.now).toBeGreaterThanOrEqual(Math.floor(awake - this.#seen.awake));
    }
    this.#seen = { now, awake };
    expect(now).toBeGreaterThanOrEqual(this.machine.wall());
    for (const { session } of this.watched) expect(session.lastActivityAt).toBeLessThanOrEqual(now);
  }
}

afterEach(() => vi.unstubAllGlobals());

it(`holds in ${MACHINE_SEEDS} lives on a machine whose clock is set and whose process is killed`, async () => {
  const lived = await live(MACHINE_SEEDS, async (random) => {
    const machine = createVirtualMachine();
    vi.stubGlobal('setTimeout', machine.setTimeout);
    vi.stubGlobal('clearTimeout', machine.clearTimeout);
    const test = await createTestSessions(createMemoryStore(), clockOn(machine, 0));
    return new LifeOnMachine(test, random, machine);
  });
  expect(lived).toBe(MACHINE_SEEDS);
}, 60_000);
