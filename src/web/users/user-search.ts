import { z } from 'zod';
import { listStateSchema } from '../lists/list-state.ts';

/** What of the Users page stands in its address: the list, and which dialog is open for whom. */
export const userSearchSchema = listStateSchema.extend({
  dialog: z.enum(['create', 'password', 'delete', 'edit']).optional().catch(undefined),
  user: z.coerce.string().max(256).optional().catch(undefined),
});
export type UserSearch = z.infer<typeof userSearchSchema>;
