import { ActionIcon, Badge, Button, Group, Menu, Stack, Text, Title } from '@mantine/core';
import {
  IconApi,
  IconClock,
  IconDotsVertical,
  IconKey,
  IconPencil,
  IconPlus,
  IconStack2,
  IconTrash,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { UserView } from '../../wire/user.ts';
import { UserTokensDialog } from '../api-tokens/user-tokens-dialog.tsx';
import { usePageTitle } from '../app/page-title.ts';
import { DataList } from '../lists/data-list.tsx';
import type { Column } from '../lists/data-table.tsx';
import { sortingOf } from '../lists/list-state.ts';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';
import { CreateUserPane } from './create-user-pane.tsx';
import { DeleteUserDialog, EditUserDialog, ResetPasswordDialog } from './edit-user-dialogs.tsx';
import { userListQuery } from './user-queries.ts';
import type { UserSearch } from './user-search.ts';
import { UserTenantsDialog } from './user-tenants-dialog.tsx';

/** `/admin/users`: local accounts. Administrators. */
export function UsersPage() {
  usePageTitle('Users');
  const state: UserSearch = useSearch({ from: '/signed-in/framed/admin/users' });
  const change = useSearchChange<UserSearch>();
  const query = useQuery({ ...userListQuery(useApi(), state), placeholderData: keepPreviousData });
  const close = (): void => change({ dialog: undefined, user: undefined });
  const user = query.data?.items.find(({ username }) => username === state.user);
  return (
    <Stack gap="sm">
      <Title order={1}>Users</Title>
      <DataList
        label="users"
        query={query}
        columns={columnsOf((dialog, { username }) => change({ dialog, user: username }))}
        rowKey={({ username }) => username}
        state={state}
        onState={change}
        sorting={sortingOf(state, { by: 'username', order: 'asc' }, change)}
        actions={
          <Button
            size="xs"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => change({ dialog: 'create' })}
          >
            Add user
          </Button>
        }
        empty={<Text>There are no users.</Text>}
      />
      {state.dialog === 'create' && <CreateUserPane onClose={close} />}
      {state.dialog === 'edit' && user !== undefined && <EditUserDialog user={user} onClose={close} />}
      {state.dialog === 'password' && user !== undefined && <ResetPasswordDialog user={user} onClose={close} />}
      {state.dialog === 'tokens' && user !== undefined && <UserTokensDialog user={user} onClose={close} />}
      {state.dialog === 'tenants' && user !== undefined && <UserTenantsDialog user={user} onClose={close} />}
      {state.dialog === 'delete' && user !== undefined && <DeleteUserDialog user={user} onClose={close} />}
    </Stack>
  );
}

type OpenDialog = (dialog: Exclude<UserSearch['dialog'], 'create' | undefined>, user: UserView) => void;

function columnsOf(open: OpenDialog): Column<UserView>[] {
  return [
    { id: 'menu', header: 'Actions', isActions: true, cell: (user) => <UserMenu user={user} onOpen={open} /> },
    { id: 'username', header: 'USERNAME', sortable: true, cell: ({ username }) => username },
    {
      id: 'role',
      header: 'ROLE',
      sortable: true,
      cell: ({ role, readOnly, disabled }) => (
        <Group gap={6}>
          {role}
          {readOnly && (
            <Badge size="xs" variant="default">
              read-only
            </Badge>
          )}
          {disabled && (
            <Badge size="xs" variant="filled" color="gray.8">
              disabled
            </Badge>
          )}
        </Group>
      ),
    },
    { id: 'tenants', header: 'TENANTS', cell: tenantsOf },
    { id: 'created', header: 'CREATED', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      id: 'lastSignInAt',
      header: 'LAST SIGN-IN',
      sortable: true,
      cell: ({ lastSignInAt }) => (lastSignInAt === null ? 'never' : <RelativeTime at={lastSignInAt} />),
    },
    { id: 'sessions', header: 'LIVE SESSIONS', cell: ({ liveSessions }) => liveSessions },
  ];
}

/** Which tenants a user may enter, in words. */
function tenantsOf({ role, tenants = [] }: UserView): string {
  if (role === 'Administrator') return 'all';
  if (tenants.length === 0) return '–';
  return tenants.map(({ name, readOnly }) => (readOnly ? `${name} (read-only)` : name)).join(', ');
}

function UserMenu({ user, onOpen }: { user: UserView; onOpen: OpenDialog }) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Actions for ${user.username}`}>
          <IconDotsVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onOpen('edit', user)}>
          Update
        </Menu.Item>
        <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => onOpen('password', user)}>
          Reset password
        </Menu.Item>
        <Menu.Item leftSection={<IconStack2 size={16} aria-hidden />} onClick={() => onOpen('tenants', user)}>
          Tenants
        </Menu.Item>
        <Menu.Item
          renderRoot={(props) => <Link {...props} to="/sessions" search={{ scope: 'all', user: user.username }} />}
          leftSection={<IconClock size={16} aria-hidden />}
        >
          Sessions
        </Menu.Item>
        <Menu.Item leftSection={<IconApi size={16} aria-hidden />} onClick={() => onOpen('tokens', user)}>
          API tokens
        </Menu.Item>
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onOpen('delete', user)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
