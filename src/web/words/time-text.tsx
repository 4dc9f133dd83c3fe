import { Tooltip } from '@mantine/core';
import { useNow } from '../session/use-now.ts';
import { formatClock, formatExactly, formatRelative } from './instant.ts';

const EVERY_MS = 10_000;
const EVERYBODY = { hover: true, focus: true, touch: true };

/** An instant relative to now; in full, with its zone, when it is pointed at, focused or tapped. */
export function RelativeTime({ at }: { at: string }) {
  const now = useNow(EVERY_MS);
  const instant = Date.parse(at);
  return <ExactOnDemand at={instant}>{formatRelative(instant, now)}</ExactOnDemand>;
}

/** An instant as the time of day; in full, with its zone, when it is pointed at, focused or tapped. */
export function ClockTime({ at }: { at: number }) {
  const now = useNow(EVERY_MS);
  return <ExactOnDemand at={at}>{formatClock(at, now)}</ExactOnDemand>;
}

function ExactOnDemand({ at, children }: { at: number; children: string }) {
  return (
    <Tooltip label={formatExactly(at)} events={EVERYBODY}>
      <time
        dateTime={new Date(at).toISOString()}
        // What a mouse is told by pointing, a keyboard is told by focus.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        {children}
      </time>
    </Tooltip>
  );
}
