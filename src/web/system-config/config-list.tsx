import { ActionIcon, Button, Code, Menu, Stack, Text } from '@mantine/core';
import { IconDotsVertical, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ConfigRow } from '../../wire/system-config.ts';
import { DataList } from '../lists/data-list.tsx';
import type { Column } from '../lists/data-table.tsx';
import { sortingOf } from '../lists/list-state.ts';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';
import { ConfigPane } from './config-pane.tsx';
import { configListQuery } from './config-queries.ts';
import type { ConfigSearch } from './config-search.ts';
import { DeleteConfigDialog } from './delete-config-dialog.tsx';
import { readingOf } from './config-form.ts';

/** The tab *System Config*: every setting that is stored, and the pane that adds and updates them. */
export function ConfigList() {
  const state: ConfigSearch = useSearch({ from: '/signed-in/framed/admin/system-settings/system-config' });
  const change = useSearchChange<ConfigSearch>();
  const query = useQuery({ ...configListQuery(useApi(), state), placeholderData: keepPreviousData });
  const open = (pane: ConfigSearch['pane'], key?: string): void => change({ pane, key });
  const close = (): void => change({ pane: undefined, key: undefined });
  const row = query.data?.items.find(({ key }) => key === state.key) ?? null;
  const addButton = (
    <Button size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => open('add')}>
      Add
    </Button>
  );
  return (
    <>
      <DataList
        label="settings"
        query={query}
        columns={columnsOf(open)}
        rowKey={({ type, key }) => `${type}:${key}`}
        state={state}
        onState={change}
        sorting={sortingOf(state, { by: 'key', order: 'asc' }, change)}
        actions={addButton}
        empty={
          <Text>
            Nothing is stored: every setting has its default. Choose <strong>Add</strong> to set one.
          </Text>
        }
      />
      {state.pane === 'add' && <ConfigPane row={null} onClose={close} />}
      {state.pane === 'update' && row !== null && <ConfigPane row={row} onClose={close} />}
      {state.pane === 'delete' && state.key !== undefined && (
        <DeleteConfigDialog configKey={state.key} onClose={close} />
      )}
    </>
  );
}

function columnsOf(open: RowMenuProps['onOpen']): Column<ConfigRow>[] {
  return [
    { id: 'menu', header: 'Actions', isActions: true, cell: (item) => <RowMenu item={item} onOpen={open} /> },
    { id: 'type', header: 'TYPE', sortable: true, cell: ({ type }) => type },
    { id: 'key', header: 'KEY', sortable: true, cell: (item) => <KeyCell item={item} /> },
    { id: 'value', header: 'VALUE', sortable: true, cell: (item) => <ValueCell item={item} /> },
    {
      id: 'setAt',
      header: 'SET',
      sortable: true,
      cell: ({ setAt, setBy }) => (
        <>
          <RelativeTime at={setAt} /> by {setBy}
        </>
      ),
    },
  ];
}

function KeyCell({ item }: { item: ConfigRow }) {
  return (
    <Stack gap={0}>
      <Code bg="transparent" p={0} fz="sm">
        {item.key}
      </Code>
      {item.label !== null && (
        <Text size="xs" c="dimmed">
          {item.label}
        </Text>
      )}
    </Stack>
  );
}

function ValueCell({ item }: { item: ConfigRow }) {
  const reading = readingOf(item.key, item.value);
  return (
    <Stack gap={0}>
      <span>
        {item.value}
        {reading !== '' && (
          <Text span size="xs" c="dimmed">
            {' '}
            {reading}
          </Text>
        )}
      </span>
      {item.note !== null && (
        <Text size="xs" c="dimmed">
          {item.note}
        </Text>
      )}
    </Stack>
  );
}

interface RowMenuProps {
  readonly item: ConfigRow;
  readonly onOpen: (pane: 'update' | 'delete', key: string) => void;
}

function RowMenu({ item, onOpen }: RowMenuProps) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Actions for ${item.key}`}>
          <IconDotsVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onOpen('update', item.key)}>
          Update
        </Menu.Item>
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onOpen('delete', item.key)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
