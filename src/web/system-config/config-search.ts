import { z } from 'zod';
import { listStateSchema, orderSchema } from '../lists/list-state.ts';

/** What of the System Config page stands in its address: the list, and which pane is open. */
export const configSearchSchema = listStateSchema.extend({
  sort: z.enum(['type', 'key', 'value', 'setAt']).optional().catch(undefined),
  order: orderSchema,
  pane: z.enum(['add', 'update', 'delete']).optional().catch(undefined),
  key: z.coerce.string().max(256).optional().catch(undefined),
});
export type ConfigSearch = z.infer<typeof configSearchSchema>;
