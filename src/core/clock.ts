/** One minute, in milliseconds. Limits are written in minutes, instants and durations in code are milliseconds. */
export const MINUTE_MS = 60_000;

export const DAY_MS = 24 * 60 * MINUTE_MS;

/** Something that can be called off. */
export interface Timer {
  dispose(): void;
}

/**
 * The only source of time. Instants are milliseconds since the epoch, as integers.
 *
 * `now` never runs backward and never stands still longer than real time does (design, section 2.9).
 */
export interface Clock {
  now(): number;
  /** Runs `callback` once, at or after the instant `at`, never before it. A timer is a reminder: read the truth again. */
  setTimer(at: number, callback: () => void): Timer;
}
