import { Badge, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RelativeTime } from '../words/time-text.tsx';
import { readEvents } from './kubernetes-object.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import type { Dashboard } from './use-dashboard.ts';

const READ_EVERY_MS = 5000;

/** What the cluster said of an object lately, the newest first. */
export function ObjectEvents({ dashboard, object }: { dashboard: Dashboard; object: KubernetesObject }) {
  const { api, sessionId } = dashboard;
  const { namespace, uid, name } = object.metadata;
  // A kubelet calls its node's uid what the node is called.
  const selector =
    object.kind === 'Node' ? `involvedObject.kind=Node,involvedObject.name=${name}` : `involvedObject.uid=${uid}`;
  const where = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const path = `/api/v1${where}/events?fieldSelector=${encodeURIComponent(selector)}`;
  const { data, error } = useQuery({
    queryKey: ['dashboard', sessionId, path],
    queryFn: async ({ signal }) => readEvents(await api.json({ path, signal, background: true })),
    refetchInterval: READ_EVERY_MS,
    retry: false,
    gcTime: 0,
  });
  if (data === undefined) return <Text role="status">{error === null ? 'Reading events…' : error.message}</Text>;
  if (data.length === 0) return <Text>Nothing happened to it lately. The cluster keeps events for about an hour.</Text>;
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {data.map(({ uid: id, isWarning, reason, message, count, at }) => (
        <li key={id}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            <Badge variant={isWarning ? 'filled' : 'default'} color="orange.9" tt="none" mr="xs">
              {isWarning && 'Warning: '}
              {reason}
            </Badge>
            <bdi>{message}</bdi>{' '}
            <Text span size="sm" c="dimmed">
              {count > 1 && `${count} times, `}
              {Number.isFinite(at) && <RelativeTime at={new Date(at).toISOString()} />}
            </Text>
          </Text>
        </li>
      ))}
    </Stack>
  );
}
