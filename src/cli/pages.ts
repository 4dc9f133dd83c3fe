import { z } from 'zod';
import type { PortalClient } from './portal-client.ts';

const PAGE_SIZE = 200;

/** All items of a list that the portal gives page by page. */
export async function readAllPages<Item>(
  portal: PortalClient,
  path: string,
  item: z.ZodType<Item>,
  options: { background?: boolean } = {},
): Promise<Item[]> {
  const pageSchema = z.object({ items: z.array(item), total: z.int() });
  const items: Item[] = [];
  for (let page = 1; ; page++) {
    const separator = path.includes('?') ? '&' : '?';
    const address = `${path}${separator}page=${page}&pageSize=${PAGE_SIZE}`;
    const { items: next, total } = pageSchema.parse(await portal.send('GET', address, undefined, options));
    items.push(...next);
    if (items.length >= total || next.length === 0) return items;
  }
}
