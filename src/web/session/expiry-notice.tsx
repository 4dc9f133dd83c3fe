import { Alert, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { formatTimeLeft } from '../words/duration.ts';
import { canBeExtended, timeLeft } from './countdown.ts';
import type { Ending } from './countdown.ts';
import { describeEndsBy } from './end-words.ts';
import { RenewButton } from './session-actions.tsx';
import { useNow } from './use-now.ts';
import { useOwnSession } from './use-session.ts';

interface AnnouncementProps {
  readonly ending: Pick<Ending, 'endsAt' | 'warningMinutes'>;
  /** What ends: `Your session`. */
  readonly what: string;
  /** What can be done about it, as a sentence. */
  readonly remedy: string;
}

/**
 * Reads the warning aloud: politely when the lead begins, assertively for the last minute. It changes only then; the
 * numbers that count down are for the eyes.
 */
export function ExpiryAnnouncement({ ending, what, remedy }: AnnouncementProps) {
  const urgency = timeLeft(ending, useNow(1000))?.urgency ?? 'calm';
  return (
    <>
      <VisuallyHidden role="status">
        {urgency === 'warning' && `${what} ends in less than ${ending.warningMinutes} minutes. ${remedy}`}
      </VisuallyHidden>
      <VisuallyHidden role="alert">
        {urgency === 'last' && `${what} ends in less than one minute. ${remedy}`}
      </VisuallyHidden>
    </>
  );
}

/** The warning before the portal session's end, to be seen, heard and acted on. */
export function ExpiryNotice() {
  const own = useOwnSession();
  const left = timeLeft(own, useNow(1000));
  const remedy = canBeExtended(own) ? 'Choose Stay signed in to go on.' : 'Choose Sign in again now to go on.';
  return (
    <>
      <ExpiryAnnouncement ending={own} what="Your session" remedy={remedy} />
      {left !== null && left.urgency !== 'calm' && (
        <Alert
          color={left.urgency === 'last' ? 'red' : 'yellow'}
          icon={<IconAlertTriangle aria-hidden />}
          mb="md"
          p="xs"
          role="group"
          aria-label="Session expiry"
        >
          <Group justify="space-between" gap="xs">
            <Text size="sm">
              Your session ends in {formatTimeLeft(left.ms)} ({describeEndsBy(own.endsBy)}).
            </Text>
            <RenewButton />
          </Group>
        </Alert>
      )}
    </>
  );
}
