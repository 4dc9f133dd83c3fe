import { Alert, Badge, Code, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { replicaListSchema } from '../../wire/replica.ts';
import type { replicaSchema } from '../../wire/replica.ts';
import { EmptyState, LoadError } from '../lists/data-list.tsx';
import { DataTable } from '../lists/data-table.tsx';
import type { Column } from '../lists/data-table.tsx';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';

type Replica = z.infer<typeof replicaSchema>;

const REFRESH_MS = 5000;

const COLUMNS: Column<Replica>[] = [
  { id: 'address', header: 'ADDRESS', cell: ({ address }) => address },
  { id: 'version', header: 'VERSION', cell: ({ version }) => version },
  { id: 'started', header: 'STARTED', cell: ({ startedAt }) => <RelativeTime at={startedAt} /> },
  { id: 'seen', header: 'LAST SEEN', cell: ({ seenAt }) => <RelativeTime at={seenAt} /> },
  { id: 'streams', header: 'STREAMS', cell: ({ streams }) => streams.toLocaleString('en') },
  { id: 'skew', header: 'CLOCK', cell: (replica) => <Skew {...replica} /> },
];

/** The tab *Replicas*: who serves on the database, and whose clock is off. */
export function ReplicasTab() {
  const api = useApi();
  const query = useQuery({
    queryKey: ['replicas'],
    queryFn: ({ signal }) => api.read('/api/replicas', replicaListSchema, { signal, background: true }),
    refetchInterval: REFRESH_MS,
  });
  if (query.isPending) return <Skeleton height={120} role="status" aria-label="Loading replicas" />;
  if (query.isError) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  const { items } = query.data;
  if (items.length === 0) return <OneProcess />;
  return (
    <Stack gap="sm">
      {items.some(({ isSkewed }) => isSkewed) && (
        <Alert color="orange" icon={<IconClockExclamation aria-hidden />} title="The clock of a machine is off">
          Deadlines go by the clock of the database, so sessions end on time all the same. Logs of that machine carry
          the wrong time: set its clock, or let it follow a time server.
        </Alert>
      )}
      <DataTable label="replicas" columns={COLUMNS} items={items} rowKey={({ id }) => id} sorting={null} />
    </Stack>
  );
}

function Skew({ skewMs, isSkewed }: Pick<Replica, 'skewMs' | 'isSkewed'>) {
  const words =
    skewMs === 0 ? 'exact' : `${Math.abs(skewMs).toLocaleString('en')} ms ${skewMs > 0 ? 'ahead' : 'behind'}`;
  return (
    <Group gap="xs">
      <Text size="sm">{words}</Text>
      {isSkewed && (
        <Badge color="orange" variant="light">
          off
        </Badge>
      )}
    </Group>
  );
}

function OneProcess() {
  return (
    <EmptyState>
      <Text>This portal is one process with an embedded database.</Text>
      <Text size="sm">
        With PostgreSQL several can serve together: start each with the same <Code>--database</Code>.
      </Text>
    </EmptyState>
  );
}
