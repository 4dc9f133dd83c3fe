import { Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './data-table.module.css';

export interface Column<Item> {
  readonly id: string;
  readonly header: string;
  readonly cell: (item: Item) => ReactNode;
  /** Whether the list can be sorted by it. */
  readonly sortable?: boolean;
  /** Whether its values are short and stay on one line where they can. */
  readonly isShort?: boolean;
  /** A column of buttons: its header is for screen readers only. */
  readonly isActions?: boolean;
}

export interface Sorting {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (by: string, order: 'asc' | 'desc') => void;
}

interface Props<Item> {
  readonly label: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly rowKey: (item: Item) => string;
  readonly sorting: Sorting | null;
}

/**
 * A table that becomes one block for each row on narrow screens. The roles are written out, since browsers forget them
 * when a table's display changes.
 */
export function DataTable<Item>({ label, columns, items, rowKey, sorting }: Props<Item>) {
  return (
    <Table
      className={classes['table'] ?? ''}
      highlightOnHover
      verticalSpacing={6}
      role="table"
      aria-label={label}
      data-sortable={sorting !== null || undefined}
    >
      <Table.Thead role="rowgroup">
        <Table.Tr role="row">
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sorting={sorting} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody role="rowgroup">
        {items.map((item) => (
          <Table.Tr key={rowKey(item)} role="row">
            {columns.map((column) => (
              <Table.Td key={column.id} role="cell" data-label={column.isActions === true ? undefined : column.header}>
                <div className={classes['value']} data-short={column.isShort}>
                  {column.cell(item)}
                </div>
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function HeaderCell<Item>({ column, sorting }: { column: Column<Item>; sorting: Sorting | null }) {
  if (column.isActions === true) {
    return (
      <Table.Th role="columnheader" className={classes['actions'] ?? ''}>
        <span className={classes['hidden']}>{column.header}</span>
      </Table.Th>
    );
  }
  if (sorting === null || column.sortable !== true) return <Table.Th role="columnheader">{column.header}</Table.Th>;
  const order = sorting.by === column.id ? sorting.order : null;
  const Icon = order === null ? IconArrowsSort : order === 'asc' ? IconArrowUp : IconArrowDown;
  return (
    <Table.Th role="columnheader" aria-sort={order === null ? 'none' : order === 'asc' ? 'ascending' : 'descending'}>
      <UnstyledButton
        className={classes['sort'] ?? ''}
        onClick={() => sorting.onSort(column.id, order === 'asc' ? 'desc' : 'asc')}
      >
        {column.header}
        <Icon size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
