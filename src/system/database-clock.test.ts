import { describe, expect, it } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';

/** A machine whose wall clock is off, and a database whose clock is right. */
function given({ wallAhead = 0, delay = 2, floor = 0 } = {}) {
  let elapsed = 1000;
  let ahead = wallAhead;
  let asleep = 0;
  const databaseNow = () => 1_000_000 + elapsed + asleep;
  const sources = { wall: () => databaseNow() + ahead, monotonic: () => elapsed };
  const sample = (roundTrip = delay) => {
    const askedAt = elapsed;
    elapsed += roundTrip / 2;
    const said = databaseNow();
    elapsed += roundTrip / 2;
    return { databaseNow: said, askedAt, answeredAt: elapsed };
  };
  const clock = createDatabaseClock([sample()], floor, sources);
  return {
    clock,
    databaseNow,
    sample,
    pass: (ms: number) => void (elapsed += ms),
    sleep: (ms: number) => void (asleep += ms),
    moveWall: (ms: number) => void (ahead += ms),
  };
}

describe('the clock of a replica', () => {
  it.each([0, 30_000, -30_000])('is the database’s, though the machine’s is %i ms ahead', (wallAhead) => {
    const { clock, databaseNow, pass } = given({ wallAhead });
    pass(1234);
    expect(clock.now()).toBe(databaseNow());
    expect(clock.skewMs()).toBe(wallAhead);
  });

  it('takes the sample that was answered fastest', () => {
    const { sample, databaseNow } = given();
    const samples = [sample(800), sample(2), sample(500)];
    samples[0] = { ...samples[0], databaseNow: 5 } as (typeof samples)[number];
    const { answeredAt = 0 } = samples[2] ?? {};
    const clock = createDatabaseClock(samples, 0, { wall: databaseNow, monotonic: () => answeredAt });
    expect(clock.now()).toBe(databaseNow());
  });

  it('counts a sleep of the machine, and nothing twice', () => {
    const { clock, databaseNow, sleep, pass } = given();
    sleep(3_600_000);
    pass(10);
    expect(clock.now()).toBe(databaseNow());
  });

  it('is not moved by a slow answer that proves nothing, and is by one that does', () => {
    const { clock, databaseNow, sample, pass, moveWall } = given();
    const slow = sample(400);
    clock.learn({ ...slow, databaseNow: slow.databaseNow + 150 });
    expect(clock.now()).toBe(databaseNow());
    moveWall(30_000);
    // Early, until the database is asked again …
    expect(clock.now()).toBe(databaseNow() + 30_000);
    clock.learn(sample(400));
    // … then it goes slower until the database has caught up; never backward.
    const lead = clock.now() - databaseNow();
    expect(lead).toBeGreaterThan(29_500);
    pass(10_000);
    expect(clock.now() - databaseNow()).toBe(lead - 5000);
    pass(60_000);
    expect(clock.now()).toBe(databaseNow());
  });

  it('never runs backward when the machine’s clock is set back', () => {
    const { clock, databaseNow, pass, moveWall } = given();
    const before = clock.now();
    moveWall(-3_600_000);
    pass(500);
    expect(clock.now()).toBe(before + 500);
    expect(clock.now()).toBe(databaseNow());
  });

  it('never begins before the newest instant that is stored', () => {
    const { clock, databaseNow, pass } = given({ floor: 2_000_000 });
    expect(clock.now()).toBe(2_000_000);
    expect(databaseNow()).toBeLessThan(2_000_000);
    pass(100);
    expect(clock.now()).toBe(2_000_050);
  });
});
