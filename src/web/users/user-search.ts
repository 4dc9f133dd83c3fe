import { z } from 'zod';
import { USER_SORTS } from '../../wire/user.ts';
import { listStateSchema, orderSchema } from '../lists/list-state.ts';

/** What of the Users page stands in its address: the list, and which dialog is open for whom. */
export const userSearchSchema = listStateSchema.extend({
  sort: z.enum(USER_SORTS).optional().catch(undefined),
  order: orderSchema,
  dialog: z.enum(['create', 'password', 'delete', 'edit', 'tenants', 'tokens']).optional().catch(undefined),
  user: z.coerce.string().max(256).optional().catch(undefined),
});
export type UserSearch = z.infer<typeof userSearchSchema>;
