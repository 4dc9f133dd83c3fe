import { Group, Stack, Text } from '@mantine/core';
import { describeMinutes } from '../../core/explain.ts';
import type { LimitView } from '../../wire/limit.ts';
import { ClockTime } from '../words/time-text.tsx';
import { inactivityEndsAt } from './countdown.ts';
import { CountdownChip } from './countdown-chip.tsx';
import { RenewButton } from './session-actions.tsx';
import { useOwnSession } from './use-session.ts';

/** The header's chip: how much of the portal session is left, by both limits, and what can be done about it. */
export function TimeLeftChip() {
  const own = useOwnSession();
  const decides = own.endsBy.key;
  return (
    <CountdownChip ending={own} what="Session">
      {(close) => (
        <Stack gap="sm">
          <Text size="sm">
            Signed in as <strong>{own.user.username}</strong> since <ClockTime at={Date.parse(own.session.startedAt)} />
            .
          </Text>
          <LimitLine
            limit={own.limits.duration}
            missing="No maximum duration."
            endsAt={own.durationEndsAt === null ? null : Date.parse(own.durationEndsAt)}
            condition="whatever you do"
            decides={decides === own.limits.duration?.key}
          />
          <LimitLine
            limit={own.limits.inactivity}
            missing="No inactivity timeout."
            endsAt={inactivityEndsAt(own)}
            condition="if you do nothing until then"
            decides={decides === own.limits.inactivity?.key}
          />
          <Group justify="flex-end">
            <RenewButton onDone={close} />
          </Group>
        </Stack>
      )}
    </CountdownChip>
  );
}

interface LineProps {
  readonly limit: LimitView | null;
  readonly missing: string;
  readonly endsAt: number | null;
  readonly condition: string;
  readonly decides: boolean;
}

function LimitLine({ limit, missing, endsAt, condition, decides }: LineProps) {
  if (limit === null || endsAt === null) {
    return (
      <Text size="sm" c="dimmed">
        {missing}
      </Text>
    );
  }
  return (
    <Text size="sm">
      <em>{limit.label}</em>: {describeMinutes(limit.value)}, ends at <ClockTime at={endsAt} /> {condition}.
      {decides && <strong> This one decides.</strong>}
    </Text>
  );
}
