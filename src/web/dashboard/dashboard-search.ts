import { z } from 'zod';

/** What of an object is shown, besides its summary. */
export const OBJECT_TABS = ['yaml', 'events', 'logs', 'terminal'] as const;

const text = z.string().max(512).optional().catch(undefined);
/** A label alone may have 380 characters. */
const selector = z.string().max(4096).optional().catch(undefined);

/** What of a dashboard stands in its address, so that it can be shared. */
export const dashboardSearchSchema = z.object({
  tenant: z.string().max(64).optional().catch(undefined),
  /** The key of a resource type; pods where there is none. */
  kind: text,
  /** That of the list; all where there is none. */
  namespace: text,
  /** The object that is shown, and its namespace; the list where there is none. */
  name: text,
  of: text,
  tab: z.enum(OBJECT_TABS).optional().catch(undefined),
  /** Whether something is being written that is to be created. */
  create: z.boolean().optional().catch(undefined),
  labels: selector,
  fields: selector,
  search: text,
  sort: text,
  /** The columns of the list; the API server's usual ones where there is none. */
  columns: z.array(z.string().max(128)).max(64).optional().catch(undefined),
  descending: z.boolean().optional().catch(undefined),
});
export type DashboardSearch = z.infer<typeof dashboardSearchSchema>;

export const DASHBOARD_ROUTE = '/signed-in/clusters/$cluster/dashboard';
