import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ClockTime } from '../words/time-text.tsx';
import { canBeExtended } from './countdown.ts';
import type { Ending } from './countdown.ts';
import { CountdownChip } from './countdown-chip.tsx';
import { describeEndsBy } from './end-words.ts';
import { SignInAgainButton } from './session-actions.tsx';

/** How much is left of a Kubernetes session, and why. @param children what moves its end, where something does */
export function KubernetesTimeLeft({ ending, children }: { ending: Ending; children: ReactNode }) {
  return (
    <CountdownChip ending={ending} what="Kubernetes session">
      {(close) => (
        <Stack gap="sm">
          <Text size="sm">
            Your Kubernetes session here ends
            {ending.endsAt === null ? (
              ' when you sign out'
            ) : (
              <>
                {' '}
                at <ClockTime at={Date.parse(ending.endsAt)} />
              </>
            )}
            . What decides: <em>{describeEndsBy(ending.endsBy)}</em>.
          </Text>
          {canBeExtended(ending) ? (
            children
          ) : (
            <Group justify="space-between" gap="xs">
              <Text size="sm">Only signing in again starts it anew.</Text>
              <SignInAgainButton onDone={close} />
            </Group>
          )}
        </Stack>
      )}
    </CountdownChip>
  );
}
