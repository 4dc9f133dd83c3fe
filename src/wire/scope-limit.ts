import { z } from 'zod';
import { CATALOGUE_KEYS } from '../core/catalogue.ts';
import { limitSchema, scopeSchema } from './limit.ts';
import { catalogueEntrySchema, configWriteSchema } from './system-config.ts';

/** How one limit stands at a cluster or a tenant. */
export const scopeLimitSchema = catalogueEntrySchema
  .pick({ label: true, description: true, allowed: true })
  .extend({
    key: z.enum(CATALOGUE_KEYS),
    value: z.int().nullable().describe('Minutes that are set for this scope itself; null where nothing is'),
    setBy: z.string().nullable(),
    setAt: z.iso.datetime().nullable(),
    holds: limitSchema
      .nullable()
      .describe(
        'The strictest limit for sessions that start there now, whichever scope it is of; null where it is off',
      ),
    note: z.string().nullable().describe('What to know of the value, for example that a stricter limit holds anyway'),
  })
  .meta({ id: 'ScopeLimit' });
export type ScopeLimitView = z.infer<typeof scopeLimitSchema>;

/** `GET /api/clusters/:cluster/limits` and `GET /api/tenants/:tenant/limits`. */
export const scopeLimitListSchema = z.object({ scope: scopeSchema, items: z.array(scopeLimitSchema) });

/** `PUT …/limits/:key`. */
export const scopeLimitWriteSchema = configWriteSchema.pick({ value: true });
