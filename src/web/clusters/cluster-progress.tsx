import { Group, Progress, Stack, Text } from '@mantine/core';
import type { ClusterView } from '../../wire/cluster.ts';
import { formatDuration } from '../words/duration.ts';

/** How far a local cluster has come: what is done, how long it has taken and about how long is left. */
export function ClusterProgress({ progress }: { progress: NonNullable<ClusterView['progress']> }) {
  const percent = Math.round(progress.fraction * 100);
  const left = progress.remainingMs === null ? '' : `, about ${formatDuration(progress.remainingMs)} left`;
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{progress.stage}</Text>
        <Text size="sm" c="dimmed">
          {percent} %
        </Text>
      </Group>
      <Progress value={percent} aria-label={progress.stage} />
      <Text size="xs" c="dimmed">
        {formatDuration(progress.elapsedMs)} so far{left}
      </Text>
    </Stack>
  );
}
