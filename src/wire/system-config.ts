import { z } from 'zod';
import { CATALOGUE_KEYS } from '../core/catalogue.ts';
import { NOTICE_KEYS } from '../core/notice-settings.ts';
import { listQuerySchema, pageOf, sortQuery } from './list.ts';

/** The Config Types that the pane offers; *Other* lets a free name be typed. */
export const CONFIG_TYPES = ['AppConfig', 'Flags'] as const;

/** One row of System Config. Type, Key and Value are kept as they were given. */
export const configRowSchema = z
  .object({
    type: z.string(),
    key: z.string(),
    value: z.string(),
    label: z.string().nullable().describe('The name of a catalogue key'),
    note: z
      .string()
      .nullable()
      .describe('What to know of the value, for example that an inactivity timeout never acts'),
    setBy: z.string(),
    setAt: z.iso.datetime(),
  })
  .meta({ id: 'ConfigRow' });
export type ConfigRow = z.infer<typeof configRowSchema>;

export const configListQuerySchema = listQuerySchema.extend(sortQuery(['type', 'key', 'value', 'setAt'], 'key', 'asc'));
export const configListSchema = pageOf(configRowSchema);

/** `PUT /api/system-config/:key`. */
export const configWriteSchema = z.object({
  type: z.string().min(1, 'Give a Config Type').max(128),
  value: z.string().max(4096),
});
export const configKeySchema = z.string().min(1, 'Give a Key').max(256);

/** `GET /api/system-config/catalogue`: what the pane offers, and what holds now. */
export const catalogueEntrySchema = z
  .object({
    key: z.enum([...CATALOGUE_KEYS, ...NOTICE_KEYS]),
    label: z.string(),
    description: z.string(),
    unit: z.enum(['minutes', 'days', 'e-mails']).describe('What its value is of'),
    allowed: z.string().describe('What is allowed, as a phrase'),
    defaultValue: z.string(),
    valueInForce: z.string(),
    stored: z.boolean().describe('Whether a row is stored; else the default holds'),
  })
  .meta({ id: 'CatalogueEntry' });
export type CatalogueEntryView = z.infer<typeof catalogueEntrySchema>;

/** `POST /api/system-config/preview`: `value` null means deleting the key. */
export const configPreviewSchema = z.object({ key: configKeySchema, value: z.string().max(4096).nullable() });
const previewCountsSchema = z.object({
  live: z.int().describe('Live sessions of this kind; 0 where the key ends none such'),
  ending: z.int().describe('Those that the value would end at once'),
});
export const configPreviewResultSchema = z
  .object({
    portal: previewCountsSchema,
    kubernetes: previewCountsSchema.describe('Also those that would end with their portal session'),
    endsOwn: z.boolean().describe('Whether the session of the caller, or one under it, is among them'),
    note: z.string().nullable(),
  })
  .meta({ id: 'ConfigPreview' });
export type ConfigPreview = z.infer<typeof configPreviewResultSchema>;

/** `GET /api/system-config/history`: who set which value when. */
export const configChangeSchema = z
  .object({
    at: z.iso.datetime(),
    by: z.string(),
    type: z.string(),
    key: z.string(),
    before: z.string().nullable(),
    after: z.string().nullable().describe('Null where the key was deleted'),
  })
  .meta({ id: 'ConfigChange' });
export const configHistorySchema = pageOf(configChangeSchema);
