import { z } from 'zod';

/** `GET /api/tenants` (administrators). */
export const tenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    cluster: z.string(),
    namespace: z.string(),
    bindings: z
      .enum(['managed', 'own'])
      .describe('`managed`: Curfew keeps the role bindings in the namespace; `own`: the administrator does'),
    namespaceState: z
      .object({ state: z.enum(['ready', 'pending', 'failed']), sentence: z.string() })
      .describe('Whether its namespace and role bindings are as they should be'),
    createdAt: z.iso.datetime(),
    users: z.int().describe('How many users were given access'),
    sessions: z.int().describe('How many live Kubernetes sessions are in it'),
  })
  .meta({ id: 'Tenant' });
export type TenantView = z.infer<typeof tenantSchema>;
export const tenantListSchema = z.object({ items: z.array(tenantSchema) });

/** `GET /api/tenants/:id`: with who was given access. */
export const tenantDetailSchema = tenantSchema
  .extend({
    access: z.array(
      z.object({
        username: z.string(),
        readOnly: z.boolean(),
        sessions: z.int().describe('How many live Kubernetes sessions the user has in it'),
      }),
    ),
  })
  .meta({ id: 'TenantDetail' });
export type TenantDetail = z.infer<typeof tenantDetailSchema>;

/** `POST /api/tenants`. */
export const createTenantSchema = z.object({
  name: z.string().max(256),
  cluster: z.string().max(63),
  namespace: z.string().max(256).optional().describe('`duploservices-<name>` unless given'),
  bindings: z.enum(['managed', 'own']).default('managed'),
});

/** `PUT /api/tenants/:id/access/:username`. */
export const tenantAccessSchema = z.object({ readOnly: z.boolean().default(false) });
