/**
 * A machine for tests: a wall clock that people and NTP set, a monotonic clock that stops in a sleep, and an event loop
 * that runs what is due. `createSystemClock(floor, machine)` runs on it, with its `setTimeout` in the global one's place.
 */
export interface VirtualMachine {
  wall(): number;
  monotonic(): number;
  setTimeout(callback: () => void, delayMs: number): number;
  clearTimeout(id: number): void;
  /** Lets time pass. The process gets its turn every `STALL_MS` at the latest, and its promises theirs after that. */
  run(ms: number): Promise<void>;
  /** Suspends the machine: the wall clock goes on, the monotonic one does not, and nothing runs. */
  sleep(ms: number): void;
  /** Sets the wall clock forward, or back with less than 0. */
  setWall(byMs: number): void;
  /** Ends the process as `kill -9` does: what it meant to do later never happens. */
  kill(): void;
  /** How many timers are set; what ended with some has leaked them. */
  readonly waiting: number;
}

const STALL_MS = 30_000;

export function createVirtualMachine(startAt = Date.parse('2026-01-01T00:00:00Z')): VirtualMachine {
  let [wallAt, monotonicAt, nextId] = [startAt, 0, 1];
  const timers = new Map<number, { dueAt: number; callback: () => void }>();

  const runDue = (): void => {
    const due = [...timers].filter(([, { dueAt }]) => dueAt <= monotonicAt);
    for (const [id, { callback }] of due.toSorted(([, a], [, b]) => a.dueAt - b.dueAt)) {
      if (timers.delete(id)) callback();
    }
  };

  return {
    wall: () => Math.floor(wallAt),
    monotonic: () => monotonicAt,
    setTimeout(callback, delayMs) {
      timers.set(nextId, { dueAt: monotonicAt + Math.max(1, Math.trunc(delayMs)), callback });
      return nextId++;
    },
    clearTimeout: (id) => void timers.delete(id),
    async run(ms) {
      for (let left = ms; left > 0; left -= STALL_MS) {
        const step = Math.min(left, STALL_MS);
        [wallAt, monotonicAt] = [wallAt + step, monotonicAt + step];
        runDue();
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    sleep(ms) {
      wallAt += ms;
    },
    setWall(byMs) {
      wallAt += byMs;
    },
    kill: () => timers.clear(),
    get waiting() {
      return timers.size;
    },
  };
}
