import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useNow } from '../session/use-now.ts';
import { formatDuration } from '../words/duration.ts';
import classes from './dashboard.module.css';
import { cellText, isAge, shownColumns } from './table.ts';
import type { TableColumn, TableRow } from './table.ts';

const ROW_PIXELS = 32;

interface Props {
  readonly label: string;
  readonly rows: readonly TableRow[];
  readonly columns: readonly TableColumn[];
  /** The names of the columns to show; those of the API server's usual view where none are chosen. */
  readonly chosen: readonly string[] | undefined;
  readonly showsNamespace: boolean;
  readonly sort: string | null;
  readonly descending: boolean;
  readonly onSort: (column: string) => void;
}

/** A table of any length: only the rows in sight are there. Arrow keys, Home and End go from row to row. */
export function ResourceTable({ label, rows, columns, chosen, showsNamespace, sort, descending, onSort }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(10_000);
  // Its functions are called while it renders, and handed on to nobody.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 10,
    getItemKey: (index) => rows[index]?.uid ?? index,
  });
  const shown = shownColumns(columns, chosen);
  const headers = shown.map(({ name }) => name).toSpliced(1, 0, ...(showsNamespace ? ['Namespace'] : []));
  const minWidth = `${16 + 7 * (headers.length - 1)}rem`;
  const template = headers.map((_, index) => (index === 0 ? 'minmax(13rem, 3fr)' : 'minmax(5rem, 1fr)')).join(' ');

  const move = (event: KeyboardEvent): void => {
    const from = Number(document.activeElement?.closest('[data-index]')?.getAttribute('data-index') ?? -1);
    const last = rows.length - 1;
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PIXELS) - 2;
    const steps: Record<string, number> = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: last };
    const to = steps[event.key] ?? { PageDown: from + page, PageUp: from - page }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, to));
    virtualizer.scrollToIndex(index);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus({ preventScroll: true }),
    );
  };

  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={move}
    >
      <div role="rowgroup" className={classes['head']}>
        <div
          role="row"
          aria-rowindex={1}
          className={classes['row']}
          style={{ gridTemplateColumns: template, minWidth }}
        >
          {headers.map((name, index) => {
            const isSorted = name === sort || (sort === null && index === 0);
            const Icon = descending ? IconArrowDown : IconArrowUp;
            return (
              <div
                key={name}
                role="columnheader"
                aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : 'none'}
                title={shown.find((column) => column.name === name)?.description}
              >
                <UnstyledButton className={classes['sort'] ?? ''} onClick={() => onSort(name)}>
                  {name}
                  {isSorted && <Icon size={12} aria-hidden />}
                </UnstyledButton>
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const cells = shown.map((column) =>
            isAge(column) && row.createdAt !== null
              ? formatDuration(now - row.createdAt)
              : cellText(row.cells[column.at]),
          );
          return (
            <div
              key={key}
              role="row"
              aria-rowindex={index + 2}
              data-index={index}
              tabIndex={-1}
              className={classes['row']}
              style={{
                gridTemplateColumns: template,
                minWidth,
                transform: `translateY(${start}px)`,
                position: 'absolute',
              }}
            >
              {cells.toSpliced(1, 0, ...(showsNamespace ? [row.namespace ?? ''] : [])).map((text, at) => (
                // Columns have no names of their own that are sure to differ.
                // oxlint-disable-next-line react/no-array-index-key
                <div key={at} role="gridcell" title={text}>
                  {at === 0 ? (
                    <Link
                      to="/clusters/$cluster/dashboard"
                      from="/clusters/$cluster/dashboard"
                      search={(before) => ({ ...before, name: row.name, of: row.namespace ?? undefined })}
                      className={classes['link']}
                    >
                      <bdi>{text}</bdi>
                    </Link>
                  ) : (
                    <bdi>{text}</bdi>
                  )}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
