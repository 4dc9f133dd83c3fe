import { ActionIcon, Button, Menu, Stack, Text, Title } from '@mantine/core';
import { IconDotsVertical, IconHourglass, IconPlus, IconTrash, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { TenantView } from '../../wire/tenant.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { usePageTitle } from '../app/page-title.ts';
import { LimitsDialog } from '../limits/limits-dialog.tsx';
import { DataList } from '../lists/data-list.tsx';
import type { Column } from '../lists/data-table.tsx';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';
import { CreateTenantPane } from './create-tenant-pane.tsx';
import { describeSessions } from './ending-sessions.ts';
import { TenantAccessDialog } from './tenant-access-dialog.tsx';
import { pageOfTenants, tenantListQuery, useTenantWrites } from './tenant-queries.ts';
import type { TenantSearch } from './tenant-search.ts';

/** `/admin/tenants`: namespaces that users are given access to. Administrators. */
export function TenantsPage() {
  usePageTitle('Tenants');
  const state: TenantSearch = useSearch({ from: '/signed-in/framed/admin/tenants' });
  const change = useSearchChange<TenantSearch>();
  const all = useQuery(tenantListQuery(useApi()));
  const query = useQuery({ ...tenantListQuery(useApi()), select: ({ items }) => pageOfTenants(items, state) });
  const close = (): void => change({ dialog: undefined, tenant: undefined });
  const tenant = all.data?.items.find(({ id }) => id === state.tenant);
  return (
    <Stack gap="sm">
      <Title order={1}>Tenants</Title>
      <DataList
        label="tenants"
        query={query}
        columns={columnsOf((dialog, { id }) => change({ dialog, tenant: id }))}
        rowKey={({ id }) => id}
        state={state}
        onState={change}
        actions={
          <Button
            size="xs"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => change({ dialog: 'create' })}
          >
            Add tenant
          </Button>
        }
        empty={
          <>
            <Text>There are no tenants yet.</Text>
            <Text size="sm">Add one to let users into a single namespace of a cluster.</Text>
          </>
        }
      />
      {state.dialog === 'create' && <CreateTenantPane onClose={close} />}
      {state.dialog === 'access' && tenant !== undefined && <TenantAccessDialog tenant={tenant} onClose={close} />}
      {state.dialog === 'limits' && tenant !== undefined && (
        <LimitsDialog of="tenant" target={tenant} onClose={close} />
      )}
      {state.dialog === 'delete' && tenant !== undefined && <DeleteTenantDialog tenant={tenant} onClose={close} />}
    </Stack>
  );
}

type OpenDialog = (dialog: 'access' | 'limits' | 'delete', tenant: TenantView) => void;

function columnsOf(open: OpenDialog): Column<TenantView>[] {
  return [
    { id: 'menu', header: 'Actions', isActions: true, cell: (tenant) => <TenantMenu tenant={tenant} onOpen={open} /> },
    { id: 'name', header: 'NAME', cell: ({ name }) => name },
    { id: 'cluster', header: 'CLUSTER', cell: ({ cluster }) => cluster },
    { id: 'namespace', header: 'NAMESPACE', cell: (tenant) => <Namespace {...tenant} /> },
    { id: 'users', header: 'USERS', cell: ({ users }) => users },
    { id: 'sessions', header: 'LIVE SESSIONS', cell: ({ sessions }) => sessions },
    { id: 'created', header: 'CREATED', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  ];
}

function Namespace({ namespace, namespaceState: { state, sentence } }: TenantView) {
  return (
    <>
      {namespace}
      {state !== 'ready' && (
        <Text size="xs" c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
          {sentence}
        </Text>
      )}
    </>
  );
}

function TenantMenu({ tenant, onOpen }: { tenant: TenantView; onOpen: OpenDialog }) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Actions for ${tenant.name}`}>
          <IconDotsVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconUsersGroup size={16} aria-hidden />} onClick={() => onOpen('access', tenant)}>
          Access
        </Menu.Item>
        <Menu.Item leftSection={<IconHourglass size={16} aria-hidden />} onClick={() => onOpen('limits', tenant)}>
          Limits
        </Menu.Item>
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onOpen('delete', tenant)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function DeleteTenantDialog({ tenant, onClose }: { tenant: TenantView; onClose: () => void }) {
  const { remove } = useTenantWrites();
  const { id, name, namespace, cluster, sessions } = tenant;
  return (
    <ConfirmDialog
      title={`Delete ${name}`}
      action="Delete tenant"
      mustType={name}
      run={() => remove(id)}
      onClose={onClose}
    >
      <Text>
        Nobody enters {name} any more. {describeSessions(sessions)} The namespace {namespace} of {cluster} stays as it
        is.
      </Text>
    </ConfirmDialog>
  );
}
