import { CloseButton, Group, NativeSelect, Pagination, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { PAGE_SIZES, pageCount } from './list-state.ts';
import type { ListState } from './list-state.ts';

const SEARCH_DELAY_MS = 250;

interface ToolsProps {
  readonly label: string;
  readonly total: number | null;
  readonly pageSize: number;
  readonly search: string;
  readonly onState: (change: Partial<ListState>) => void;
  readonly filters?: ReactNode;
  readonly actions?: ReactNode;
}

/** Total, page size, search, and what else a list offers. */
export function ListTools({ label, total, pageSize, search, onState, filters, actions }: ToolsProps) {
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="sm">
        <Text size="sm" c="dimmed" role="status">
          Total {total ?? '…'}
        </Text>
        <Group gap={6} wrap="nowrap">
          <Text size="sm" c="dimmed" component="label" htmlFor={`page-size-${label}`}>
            Show
          </Text>
          <NativeSelect
            id={`page-size-${label}`}
            size="xs"
            w={72}
            data={PAGE_SIZES.map(String)}
            value={String(pageSize)}
            onChange={(event) => onState({ pageSize: Number(event.currentTarget.value), page: 1 })}
          />
        </Group>
        <SearchBox label={label} search={search} onSearch={(text) => onState({ search: text, page: 1 })} />
        {filters}
      </Group>
      <Group gap="sm">{actions}</Group>
    </Group>
  );
}

function SearchBox({ label, search, onSearch }: { label: string; search: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(search);
  // The address may change by other means (back, *Clear the search*); what this box sent itself must not come back
  // over what was typed since.
  const sent = useRef(search);
  useEffect(() => {
    if (search !== sent.current) setText(search);
    sent.current = search;
  }, [search]);
  const searchSoon = useDebouncedCallback((next: string) => {
    sent.current = next;
    onSearch(next);
  }, SEARCH_DELAY_MS);
  const change = (next: string): void => {
    setText(next);
    searchSoon(next);
  };
  return (
    <TextInput
      type="search"
      size="xs"
      w={{ base: '100%', xs: 220 }}
      aria-label={`Search ${label}`}
      placeholder="Search"
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        text === '' ? null : <CloseButton size="xs" aria-label="Clear the search" onClick={() => change('')} />
      }
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

interface PaginationProps {
  readonly label: string;
  readonly total: number;
  readonly pageSize: number;
  readonly page: number;
  readonly onPage: (page: number) => void;
}

/** The pages of a list; nothing where there is one. */
export function ListPagination({ label, total, pageSize, page, onPage }: PaginationProps) {
  const pages = pageCount(total, pageSize);
  if (pages === 1 && page === 1) return null;
  return (
    <Group justify="flex-end" component="nav" aria-label={`Pages of ${label}`}>
      <Pagination
        size="sm"
        total={pages}
        value={Math.min(page, pages)}
        onChange={onPage}
        getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
        getControlProps={(control) => ({ 'aria-label': `${control.charAt(0).toUpperCase()}${control.slice(1)} page` })}
      />
    </Group>
  );
}
