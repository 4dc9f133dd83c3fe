import { NavLink, Stack } from '@mantine/core';
import {
  IconBoxMultiple,
  IconClockPlay,
  IconFileText,
  IconServer2,
  IconSettings,
  IconShieldCog,
  IconTerminal2,
  IconTopologyStar3,
  IconUsers,
} from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { useIsAdministrator } from '../session/use-session.ts';

interface Props {
  /** Called when a page was chosen, to close the drawer of small screens. */
  readonly onChosen: () => void;
}

/** The portal's pages. What an administrator alone may see is not there for others. */
export function Navigation({ onChosen }: Props) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isAdministrator = useIsAdministrator();
  const [choice, setChoice] = useState<boolean | null>(null);
  const isAdministrationOpen = choice ?? path.startsWith('/admin');

  const link = (to: string, label: string, icon: React.ReactNode) => (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={icon}
      active={path.startsWith(to)}
      aria-current={path.startsWith(to) ? 'page' : undefined}
      onClick={onChosen}
    />
  );

  return (
    <Stack gap={2}>
      <NavLink
        label="Kubernetes"
        leftSection={<IconTopologyStar3 size={18} aria-hidden />}
        opened
        childrenOffset={24}
        component="div"
        disableRightSectionRotation
        rightSection={<span />}
      >
        {link('/clusters', 'Clusters', <IconServer2 size={18} aria-hidden />)}
        {link('/command-line', 'Command line', <IconTerminal2 size={18} aria-hidden />)}
      </NavLink>
      {link('/sessions', 'Sessions', <IconClockPlay size={18} aria-hidden />)}
      {isAdministrator && link('/audit', 'Audit', <IconFileText size={18} aria-hidden />)}
      {isAdministrator && (
        <NavLink
          component="button"
          label="Administrator"
          leftSection={<IconShieldCog size={18} aria-hidden />}
          opened={isAdministrationOpen}
          onChange={setChoice}
          aria-expanded={isAdministrationOpen}
          childrenOffset={24}
        >
          {link('/admin/users', 'Users', <IconUsers size={18} aria-hidden />)}
          {link('/admin/tenants', 'Tenants', <IconBoxMultiple size={18} aria-hidden />)}
          {link('/admin/system-settings', 'System Settings', <IconSettings size={18} aria-hidden />)}
        </NavLink>
      )}
    </Stack>
  );
}
