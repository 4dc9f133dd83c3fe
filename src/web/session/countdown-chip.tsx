import { Popover, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconAlertTriangleFilled, IconHourglassHigh } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { formatTimeLeft } from '../words/duration.ts';
import { timeLeft } from './countdown.ts';
import type { Ending, Urgency } from './countdown.ts';
import classes from './countdown-chip.module.css';
import { useNow } from './use-now.ts';

interface Props {
  readonly ending: Pick<Ending, 'endsAt' | 'warningMinutes'>;
  /** What ends: `Session`, `Kubernetes session`. */
  readonly what: string;
  /** What the opened chip says. */
  readonly children: (close: () => void) => ReactNode;
}

const ICONS: Record<Urgency, typeof IconHourglassHigh> = {
  calm: IconHourglassHigh,
  warning: IconAlertTriangle,
  last: IconAlertTriangleFilled,
};

/** How much of a session is left: neutral, amber inside the warning lead, red in the last minute. Opens to say why. */
export function CountdownChip({ ending, what, children }: Props) {
  const now = useNow(1000);
  const [isOpen, setOpen] = useState(false);
  const left = timeLeft(ending, now);
  const urgency = left?.urgency ?? 'calm';
  const Icon = ICONS[urgency];
  const text = left === null ? 'No limit' : formatTimeLeft(left.ms);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      width={330}
      position="bottom-end"
      withArrow
      arrowPosition="center"
      trapFocus
      shadow="md"
    >
      <Popover.Target>
        <UnstyledButton
          className={classes['chip']}
          data-urgency={urgency}
          onClick={() => setOpen((open) => !open)}
          aria-label={`${what} time left: ${text}`}
          aria-expanded={isOpen}
        >
          <Icon size={16} aria-hidden />
          <span>{text}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={`${what} time left`}>{children(() => setOpen(false))}</Popover.Dropdown>
    </Popover>
  );
}
