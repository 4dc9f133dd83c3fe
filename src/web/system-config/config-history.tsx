import { Code, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { z } from 'zod';
import type { configChangeSchema } from '../../wire/system-config.ts';
import { DataList } from '../lists/data-list.tsx';
import type { Column } from '../lists/data-table.tsx';
import type { ListState } from '../lists/list-state.ts';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';
import { configHistoryQuery } from './config-queries.ts';

type Change = z.infer<typeof configChangeSchema>;

const COLUMNS: Column<Change>[] = [
  { id: 'at', header: 'WHEN', cell: ({ at }) => <RelativeTime at={at} /> },
  { id: 'by', header: 'WHO', cell: ({ by }) => by },
  { id: 'type', header: 'TYPE', cell: ({ type }) => type },
  {
    id: 'key',
    header: 'KEY',
    cell: ({ key }) => (
      <Code bg="transparent" p={0} fz="sm">
        {key}
      </Code>
    ),
  },
  { id: 'before', header: 'BEFORE', cell: ({ before }) => before ?? <Absent>not set</Absent> },
  { id: 'after', header: 'AFTER', cell: ({ after }) => after ?? <Absent>deleted</Absent> },
];

/** The tab *History*: who set which value when. */
export function ConfigHistory() {
  const state: ListState = useSearch({ from: '/signed-in/framed/admin/system-settings/history' });
  const query = useQuery({ ...configHistoryQuery(useApi(), state), placeholderData: keepPreviousData });
  return (
    <DataList
      label="changes"
      query={query}
      columns={COLUMNS}
      rowKey={({ at, key, after }) => `${at}:${key}:${after}`}
      state={state}
      onState={useSearchChange<ListState>()}
      empty={<Text>No setting has been changed yet.</Text>}
    />
  );
}

function Absent({ children }: { children: string }) {
  return (
    <Text span size="sm" c="dimmed" fs="italic">
      {children}
    </Text>
  );
}
