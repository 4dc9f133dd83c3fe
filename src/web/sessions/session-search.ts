import { z } from 'zod';
import { SESSION_KINDS } from '../../core/session-kind.ts';
import { SESSION_SORTS } from '../../wire/session.ts';
import { listStateSchema, orderSchema } from '../lists/list-state.ts';

/** What of the Sessions page stands in its address. */
export const sessionSearchSchema = listStateSchema.extend({
  state: z.enum(['live', 'ended', 'all']).optional().catch(undefined),
  kind: z.enum(SESSION_KINDS).optional().catch(undefined),
  sort: z.enum(SESSION_SORTS).optional().catch(undefined),
  order: orderSchema,
  scope: z.enum(['own', 'all']).optional().catch(undefined),
  user: z.coerce.string().max(256).optional().catch(undefined),
});
export type SessionSearch = z.infer<typeof sessionSearchSchema>;
