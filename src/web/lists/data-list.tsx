import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { DataTable } from './data-table.tsx';
import type { Column, Sorting } from './data-table.tsx';
import { DEFAULT_PAGE_SIZE } from './list-state.ts';
import type { ListState } from './list-state.ts';
import { ListPagination, ListTools } from './list-tools.tsx';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

interface Props<Item> {
  /** What the list holds, for its name and its empty state: `settings`. */
  readonly label: string;
  readonly query: UseQueryResult<Page<Item>>;
  readonly columns: readonly Column<Item>[];
  readonly rowKey: (item: Item) => string;
  readonly state: ListState;
  readonly onState: (change: Partial<ListState>) => void;
  readonly sorting?: Sorting;
  /** Says what to do when there is nothing yet. */
  readonly empty: ReactNode;
  readonly filters?: ReactNode;
  readonly actions?: ReactNode;
}

/** A list as every page has it: tools, rows, pages; a skeleton while it loads, a sentence when it is empty or failed. */
export function DataList<Item>(props: Props<Item>) {
  const { label, query, state, onState, filters, actions } = props;
  const pageSize = state.pageSize ?? DEFAULT_PAGE_SIZE;
  return (
    <Stack gap="sm">
      <ListTools
        label={label}
        total={query.data?.total ?? null}
        pageSize={pageSize}
        search={state.search ?? ''}
        onState={onState}
        filters={filters}
        actions={actions}
      />
      <ListBody {...props} />
      {query.data !== undefined && (
        <ListPagination
          total={query.data.total}
          pageSize={pageSize}
          page={state.page ?? 1}
          onPage={(page) => onState({ page })}
          label={label}
        />
      )}
    </Stack>
  );
}

function ListBody<Item>({ label, query, columns, rowKey, state, onState, sorting, empty }: Props<Item>) {
  if (query.isPending) return <ListSkeleton label={label} />;
  if (query.isError) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.items.length > 0) {
    return (
      <DataTable label={label} columns={columns} items={query.data.items} rowKey={rowKey} sorting={sorting ?? null} />
    );
  }
  const search = state.search ?? '';
  if (search === '') return <EmptyState>{empty}</EmptyState>;
  return (
    <EmptyState>
      <Group gap="xs" justify="center">
        <Text>Nothing matches “{search}”.</Text>
        <Button variant="default" size="xs" onClick={() => onState({ search: '', page: 1 })}>
          Clear the search
        </Button>
      </Group>
    </EmptyState>
  );
}

/** What failed to load, with another try. */
export function LoadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Alert color="red" icon={<IconAlertCircle aria-hidden />} title="Not loaded" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{sentenceOf(error)}</Text>
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      </Stack>
    </Alert>
  );
}

/** Says that there is nothing, and what to do next. */
export function EmptyState({ children }: { children: ReactNode }) {
  return (
    <Stack align="center" ta="center" py="xl" gap="xs" c="dimmed">
      {children}
    </Stack>
  );
}

function ListSkeleton({ label }: { label: string }) {
  return (
    <Stack gap="xs" role="status" aria-label={`Loading ${label}`}>
      {['a', 'b', 'c', 'd', 'e'].map((row) => (
        <Skeleton key={row} height={36} />
      ))}
    </Stack>
  );
}
