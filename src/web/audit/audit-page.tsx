import { Code, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { z } from 'zod';
import { auditEntrySchema } from '../../wire/audit.ts';
import { pageOf } from '../../wire/list.ts';
import { withQuery } from '../api/list-query.ts';
import { usePageTitle } from '../app/page-title.ts';
import { DataList } from '../lists/data-list.tsx';
import type { Column } from '../lists/data-table.tsx';
import { listQuery, listStateSchema, orderSchema, sortingOf } from '../lists/list-state.ts';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { RelativeTime } from '../words/time-text.tsx';

const auditListSchema = pageOf(auditEntrySchema);

const COLUMNS: Column<z.infer<typeof auditEntrySchema>>[] = [
  { id: 'at', header: 'WHEN', sortable: true, isShort: true, cell: ({ at }) => <RelativeTime at={at} /> },
  {
    id: 'event',
    header: 'EVENT',
    isShort: true,
    cell: ({ event }) => (
      <Code bg="transparent" p={0} fz="sm">
        {event}
      </Code>
    ),
  },
  { id: 'sentence', header: 'WHAT', cell: ({ sentence }) => sentence },
  { id: 'actor', header: 'WHO', isShort: true, cell: ({ actor }) => actor ?? '–' },
  { id: 'address', header: 'FROM', isShort: true, cell: ({ address }) => address ?? '–' },
];

/** What of the Audit page stands in its address. */
export const auditSearchSchema = listStateSchema.extend({ order: orderSchema });
type AuditSearch = z.infer<typeof auditSearchSchema>;

/** `/audit`: what happened, newest first unless told otherwise. Administrators. */
export function AuditPage() {
  usePageTitle('Audit');
  const state: AuditSearch = useSearch({ from: '/signed-in/framed/audit' });
  const change = useSearchChange<AuditSearch>();
  const api = useApi();
  const path = withQuery('/api/audit', { ...listQuery(state), order: state.order });
  const query = useQuery({
    queryKey: ['audit', path],
    queryFn: ({ signal }) => api.read(path, auditListSchema, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack gap="sm">
      <Title order={1}>Audit</Title>
      <DataList
        label="entries"
        query={query}
        columns={COLUMNS}
        rowKey={({ id }) => String(id)}
        state={state}
        onState={change}
        sorting={sortingOf(state, { by: 'at', order: 'desc' }, ({ order, page }) => change({ order, page }))}
        empty={<Text>Nothing has been recorded yet.</Text>}
      />
    </Stack>
  );
}
