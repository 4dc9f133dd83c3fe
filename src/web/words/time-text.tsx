import { useNow } from '../session/use-now.ts';
import { formatClock, formatExactly, formatRelative } from './instant.ts';

const EVERY_MS = 10_000;

/** An instant relative to now, in full on hover. */
export function RelativeTime({ at }: { at: string }) {
  const now = useNow(EVERY_MS);
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={formatExactly(instant)}>
      {formatRelative(instant, now)}
    </time>
  );
}

/** An instant as the time of day, in full on hover. */
export function ClockTime({ at }: { at: number }) {
  const now = useNow(EVERY_MS);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatExactly(at)}>
      {formatClock(at, now)}
    </time>
  );
}
