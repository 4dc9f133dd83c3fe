import { z } from 'zod';
import { CATALOGUE_KEYS, catalogueEntry } from '../core/catalogue.ts';
import { SCOPE_KINDS } from '../core/limits.ts';
import type { Limit } from '../core/limits.ts';

/** Whom a limit concerns. */
export const scopeSchema = z.object({
  kind: z.enum(SCOPE_KINDS),
  id: z.string().describe('Empty for the system'),
  name: z.string().optional().describe('What people call it, where that is not its id'),
});

/** A limit as clients see it: which setting, of which scope, with which value in minutes. */
export const limitSchema = z
  .object({
    key: z.enum(CATALOGUE_KEYS),
    label: z.string(),
    scope: scopeSchema,
    value: z.int().describe('Minutes'),
  })
  .meta({ id: 'Limit' });
export type LimitView = z.infer<typeof limitSchema>;

export function limitView(limit: Limit): LimitView {
  return { key: limit.key, label: catalogueEntry(limit.key).label, scope: { ...limit.scope }, value: limit.minutes };
}
