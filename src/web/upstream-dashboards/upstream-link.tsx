import { Button } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { UpstreamDashboardView } from '../../wire/upstream-dashboard.ts';

interface Props {
  readonly dashboard: UpstreamDashboardView;
  readonly cluster: string;
  /** Whether the way is open. */
  readonly mayEnter: boolean;
}

/** The way to a dashboard of somebody else's making. */
export function UpstreamLink({ dashboard: { name, url }, cluster, mayEnter }: Props) {
  return (
    <Button
      size="xs"
      variant="light"
      maw="100%"
      rightSection={<IconExternalLink size={16} aria-hidden />}
      aria-label={`${name} of ${cluster} (opens in a new tab)`}
      {...(mayEnter ? { component: 'a' as const, href: url, target: '_blank', rel: 'noreferrer' } : { disabled: true })}
    >
      {name}
    </Button>
  );
}
