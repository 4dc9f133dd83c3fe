import { Badge } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconLoader, IconTool } from '@tabler/icons-react';
import type { ClusterView } from '../../wire/cluster.ts';

type State = ClusterView['state'];

const LOOKS: Record<State, { label: string; color: string; Icon: typeof IconCircleCheck }> = {
  ready: { label: 'Ready', color: 'green', Icon: IconCircleCheck },
  building: { label: 'Building', color: 'indigo', Icon: IconTool },
  starting: { label: 'Starting', color: 'indigo', Icon: IconLoader },
  unreachable: { label: 'Unreachable', color: 'orange', Icon: IconAlertTriangle },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
};

/** A cluster's state in words, with an icon and a colour. */
export function ClusterState({ state }: { state: State }) {
  const { label, color, Icon } = LOOKS[state];
  return (
    <Badge
      variant="outline"
      style={{ flexShrink: 0 }}
      color={color}
      leftSection={<Icon size={14} aria-hidden />}
      tt="none"
      c="var(--mantine-color-text)"
    >
      {label}
    </Badge>
  );
}

/** Whether the cluster is still being made, and its page worth asking often. */
export function isInTheMaking(state: State): boolean {
  return state === 'building' || state === 'starting';
}
