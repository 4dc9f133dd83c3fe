const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A duration for people, in at most two units: `1 h 5 min`, `42 min`, `35 s`, `2 d 3 h`. Whole units, rounded down. */
export function formatDuration(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE_MS) return `${Math.floor(left / SECOND_MS)} s`;
  if (left < HOUR_MS) return `${Math.floor(left / MINUTE_MS)} min`;
  if (left < DAY_MS) return twoUnits(Math.floor(left / HOUR_MS), 'h', Math.floor((left % HOUR_MS) / MINUTE_MS), 'min');
  return twoUnits(Math.floor(left / DAY_MS), 'd', Math.floor((left % DAY_MS) / HOUR_MS), 'h');
}

/** How much is left, for a countdown: as `formatDuration`, but the seconds of the last minute are rounded up. */
export function formatTimeLeft(ms: number): string {
  return ms < MINUTE_MS ? `${Math.max(0, Math.ceil(ms / SECOND_MS))} s` : formatDuration(ms);
}

/** A setting's minutes read aloud: 60 → `1 hour`, 90 → `1 hour 30 minutes`, 0 → `off`. */
export function readMinutes(minutes: number): string {
  if (minutes === 0) return 'off';
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  return [counted(days, 'day'), counted(hours, 'hour'), counted(rest, 'minute')]
    .filter((part) => part !== '')
    .join(' ');
}

/** `3 sessions`, `1 session`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? noun : plural}`;
}

function counted(n: number, noun: string): string {
  return n === 0 ? '' : count(n, noun);
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
