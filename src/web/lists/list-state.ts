import { z } from 'zod';
import type { Sorting } from './data-table.tsx';

export const PAGE_SIZES = [10, 25, 50, 100] as const;

/** What of a list stands in the page's address. Whatever is not understood there is passed over. */
export const listStateSchema = z.object({
  page: z.int().min(1).max(1_000_000).optional().catch(undefined),
  pageSize: z.int().min(1).max(200).optional().catch(undefined),
  search: z.coerce.string().max(200).optional().catch(undefined),
});
export type ListState = z.infer<typeof listStateSchema>;

/** The direction of a list's order, as it stands in the page's address beside `sort`. */
export const orderSchema = z.enum(['asc', 'desc']).optional().catch(undefined);

/** By what a list is sorted: what the address says, else as the portal does by itself. */
export function sortingOf<Column extends string>(
  state: { readonly sort?: Column | undefined; readonly order?: 'asc' | 'desc' | undefined },
  fallback: { readonly by: Column; readonly order: 'asc' | 'desc' },
  change: (change: { sort: Column; order: 'asc' | 'desc'; page: undefined }) => void,
): Sorting {
  return {
    by: state.sort ?? fallback.by,
    order: state.order ?? fallback.order,
    onSort: (by, order) => change({ sort: by as Column, order, page: undefined }),
  };
}

export const DEFAULT_PAGE_SIZE = 25;

/** The query that asks the portal for the page of a list that the address names. */
export function listQuery(state: ListState): Record<string, string | number | undefined> {
  return { page: state.page ?? 1, pageSize: state.pageSize ?? DEFAULT_PAGE_SIZE, search: state.search };
}

/** How many pages a list has; an empty one has one. */
export function pageCount(total: number, pageSize: number): number {
  return Math.max(1, Math.ceil(total / pageSize));
}
