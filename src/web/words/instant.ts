import { formatDuration } from './duration.ts';

const JUST_NOW_MS = 5000;

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY_AND_CLOCK = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const EXACT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** An instant in full, in the browser's zone: `24 Nov 2026, 14:32:05 CET`. */
export function formatExactly(at: number): string {
  return EXACT.format(at);
}

/** The time of day, with the date where it is another day than `now`: `14:32`, `23 Nov 2026, 14:32`. */
export function formatClock(at: number, now: number): string {
  return isSameDay(at, now) ? CLOCK.format(at) : DAY_AND_CLOCK.format(at);
}

/** An instant as people say it: `in 42 min`, `1 h 5 min ago`, `just now`. */
export function formatRelative(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < JUST_NOW_MS) return distance > 0 ? 'in a moment' : 'just now';
  return distance > 0 ? `in ${formatDuration(distance)}` : `${formatDuration(-distance)} ago`;
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
