import { z } from 'zod';
import { listStateSchema } from '../lists/list-state.ts';

/** What of the Tenants page stands in its address: the list, and which dialog is open for which tenant. */
export const tenantSearchSchema = listStateSchema.extend({
  dialog: z.enum(['create', 'access', 'limits', 'delete']).optional().catch(undefined),
  tenant: z.string().max(64).optional().catch(undefined),
});
export type TenantSearch = z.infer<typeof tenantSearchSchema>;
