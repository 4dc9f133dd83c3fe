import { Anchor, Badge, Burger, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ColorSchemeToggle } from '../app/color-scheme-toggle.tsx';
import type { Ending } from '../session/countdown.ts';
import { KubernetesTimeLeft } from '../session/kubernetes-time-left.tsx';
import classes from './dashboard.module.css';
import { DashboardPalette } from './palette/dashboard-palette.tsx';
import type { Dashboard } from './use-dashboard.ts';

interface Props {
  readonly dashboard: Dashboard;
  readonly ending: Ending;
  readonly isSidebarOpen: boolean;
  readonly onToggleSidebar: () => void;
}

/** Where one is, and how much time is left. */
export function DashboardHeader({ dashboard, ending, isSidebarOpen, onToggleSidebar }: Props) {
  const { cluster, tenant, readOnly } = dashboard;
  return (
    <header className={classes['header']}>
      <Group gap="xs" wrap="nowrap" miw={0}>
        <Burger
          opened={isSidebarOpen}
          onClick={onToggleSidebar}
          hiddenFrom="sm"
          size="sm"
          aria-label={isSidebarOpen ? 'Close the kinds' : 'Open the kinds'}
          aria-expanded={isSidebarOpen}
        />
        <Anchor component={Link} to="/clusters" underline="never" c="inherit" fw={700}>
          Curfew
        </Anchor>
        <Text size="sm" truncate>
          {cluster.name}
          {tenant !== null && `, tenant ${tenant.name}`}
        </Text>
        {readOnly && (
          <Badge variant="default" size="sm" style={{ flexShrink: 0 }}>
            read-only
          </Badge>
        )}
      </Group>
      <Group gap={4} wrap="nowrap">
        <DashboardPalette dashboard={dashboard} />
        <KubernetesTimeLeft ending={ending}>
          <Text size="sm">What you do here moves it. Watching does not.</Text>
        </KubernetesTimeLeft>
        <ColorSchemeToggle />
      </Group>
    </header>
  );
}
