import { ActionIcon, Anchor, Button, Group, Menu, Text, Tooltip, useMantineTheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBook2, IconChevronDown, IconHelp, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { sentenceOf } from '../api/api-error.ts';
import { usePortal } from '../portal/portal-context.ts';
import { TimeLeftChip } from '../session/time-left-chip.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { TenantPicker } from '../tenants/tenant-picker.tsx';
import { Brand } from './brand.tsx';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';

/** Name, tenant, time left, help, theme, and who is signed in. */
export function HeaderBar() {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" style={{ flex: 1 }}>
      <Group gap="sm" wrap="nowrap">
        <Anchor component={Link} to="/clusters" underline="never" c="inherit" aria-label="Curfew">
          <Brand isShortWhereNarrow />
        </Anchor>
        <TenantPicker />
      </Group>
      <Group gap="xs" wrap="nowrap">
        <TimeLeftChip />
        <HelpMenu />
        <ColorSchemeToggle />
        <UserMenu />
      </Group>
    </Group>
  );
}

function HelpMenu() {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label="Help">
          <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Help" visibleFrom="xs">
            <IconHelp size={20} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <ApiDocumentation />
      </Menu.Dropdown>
    </Menu>
  );
}

function ApiDocumentation() {
  return (
    <Menu.Item
      component="a"
      href="/api/docs"
      target="_blank"
      rel="noreferrer"
      leftSection={<IconBook2 size={16} aria-hidden />}
    >
      API documentation
    </Menu.Item>
  );
}

function UserMenu() {
  const { session } = usePortal();
  const { username } = useOwnSession().user;
  // There is no room for a menu of its own, and an item that is only hidden would stop the arrow keys.
  const hasHelp = useMediaQuery(`(max-width: ${useMantineTheme().breakpoints.xs})`);
  const signOut = async (): Promise<void> => {
    try {
      await session.signOut();
    } catch (error) {
      notifications.show({ color: 'red', title: 'Not signed out', message: sentenceOf(error) });
    }
  };
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          size="compact-sm"
          px={6}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`Account of ${username}`}
        >
          <Text size="sm" truncate maw={{ base: 56, sm: 180 }} component="span">
            {username}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/profile" leftSection={<IconUserCircle size={16} aria-hidden />}>
          Profile
        </Menu.Item>
        {hasHelp && <ApiDocumentation />}
        <Menu.Item onClick={() => void signOut()} leftSection={<IconLogout size={16} aria-hidden />}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
