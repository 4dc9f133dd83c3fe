import { z } from 'zod';

/** How every list is paged, searched and sorted. */
export const listQuerySchema = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(25),
  // A NUL ends a text for some databases and is refused by others.
  search: z
    .string()
    .max(200)
    .regex(/^[^\0]*$/, 'holds a NUL, which no text has')
    .default(''),
});

/** How a list is sorted, where it can be: by one of these columns. */
export function sortQuery<const Columns extends readonly [string, ...string[]]>(
  columns: Columns,
  by: Columns[number],
  order: 'asc' | 'desc',
) {
  return { sort: z.enum(columns).default(by as never), order: z.enum(['asc', 'desc']).default(order) };
}

/** One page of a list, with how many there are in all. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), total: z.int(), page: z.int(), pageSize: z.int() });
}
