import { Alert, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { formatTimeLeft } from '../words/duration.ts';
import { canBeExtended, timeLeft } from './countdown.ts';
import { describeEndsBy } from './end-words.ts';
import { RenewButton } from './session-actions.tsx';
import { useNow } from './use-now.ts';
import { useOwnSession } from './use-session.ts';

/**
 * The warning before the end: politely when the lead begins, assertively for the last minute. What is read aloud
 * changes only then; the numbers that count down are for the eyes.
 */
export function ExpiryNotice() {
  const own = useOwnSession();
  const now = useNow(1000);
  const left = timeLeft(own, now);
  const urgency = left?.urgency ?? 'calm';
  const remedy = canBeExtended(own) ? 'Choose Stay signed in to go on.' : 'Choose Sign in again now to go on.';
  return (
    <>
      <VisuallyHidden role="status">
        {urgency === 'warning' && `Your session ends in less than ${own.warningMinutes} minutes. ${remedy}`}
      </VisuallyHidden>
      <VisuallyHidden role="alert">
        {urgency === 'last' && `Your session ends in less than one minute. ${remedy}`}
      </VisuallyHidden>
      {left !== null && urgency !== 'calm' && (
        <Alert
          color={urgency === 'last' ? 'red' : 'yellow'}
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
