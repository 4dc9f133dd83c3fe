import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CATALOGUE, catalogueEntryNamed, describeAllowed } from '../../core/catalogue.ts';
import { NOTICE_SETTINGS, noticeEntryNamed } from '../../core/notice-settings.ts';
import type { Setting } from '../../sessions/ports.ts';
import { listQuerySchema } from '../../wire/list.ts';
import {
  catalogueEntrySchema,
  configHistorySchema,
  configKeySchema,
  configListQuerySchema,
  configListSchema,
  configPreviewResultSchema,
  configPreviewSchema,
  configRowSchema,
  configWriteSchema,
} from '../../wire/system-config.ts';
import type { ConfigRow } from '../../wire/system-config.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

const keyParams = z.object({ key: configKeySchema });

/** System Config: administrators only, whoever else asks is refused before anything is looked up. */
export function systemConfigRoutes({ systemConfig, sessions, clock }: HttpPorts): FastifyPluginCallbackZod {
  const rowView = ({ type, key, value, setBy, setAt }: Setting): ConfigRow => ({
    type,
    key,
    value,
    label: (catalogueEntryNamed(key) ?? noticeEntryNamed(key))?.label ?? null,
    note: systemConfig.note(key, value),
    setBy,
    setAt: iso(setAt),
  });

  return (app, _options, done) => {
    app.get(
      '/api/system-config',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'The settings',
          tags: ['system config'],
          querystring: configListQuerySchema,
          response: { 200: configListSchema },
        },
      },
      async ({ query: { page, pageSize, search, sort, order } }) => {
        const wanted = search.toLowerCase();
        const rows = (await systemConfig.list())
          .map(rowView)
          .filter(({ type, key, value, label }) =>
            [type, key, value, label ?? ''].some((text) => text.toLowerCase().includes(wanted)),
          )
          .toSorted((a, b) => a[sort].localeCompare(b[sort], 'en', { numeric: true }) * (order === 'asc' ? 1 : -1));
        return { items: rows.slice((page - 1) * pageSize, page * pageSize), total: rows.length, page, pageSize };
      },
    );

    app.get(
      '/api/system-config/catalogue',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'The keys that mean something, with what is allowed and what is in force',
          tags: ['system config'],
          response: { 200: z.object({ items: z.array(catalogueEntrySchema) }) },
        },
      },
      async () => {
        const rows = await systemConfig.list();
        const rowOf = ({ key, label }: { key: string; label: string }) =>
          rows.find((row) => row.key === key || row.key === label);
        const limits = CATALOGUE.map((entry) => ({
          ...{ key: entry.key, label: entry.label, description: entry.description },
          unit: 'minutes' as const,
          allowed: describeAllowed(entry),
          defaultValue: String(entry.defaultMinutes),
          valueInForce: String(sessions.limits.minutes(entry.key, clock.now())),
          stored: rowOf(entry) !== undefined,
        }));
        const notices = NOTICE_SETTINGS.map((entry) => ({
          ...entry,
          valueInForce: rowOf(entry)?.value ?? entry.defaultValue,
          stored: rowOf(entry) !== undefined,
        }));
        return { items: [...limits, ...notices] };
      },
    );

    app.put(
      '/api/system-config/:key',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'Sets a key; a tightened limit acts at once',
          tags: ['system config'],
          params: keyParams,
          body: configWriteSchema,
          response: { 200: configRowSchema },
        },
      },
      async (request) => {
        const by = sessionOf(request).user.username;
        return rowView(await systemConfig.set({ ...request.body, key: request.params.key }, by, addressOf(request)));
      },
    );

    app.delete(
      '/api/system-config/:key',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'Deletes a key; a limit returns to its default',
          tags: ['system config'],
          params: keyParams,
          response: { 200: z.object({ key: z.string(), defaultMinutes: z.int().nullable() }) },
        },
      },
      async (request) => {
        const { key } = request.params;
        await systemConfig.delete(key, sessionOf(request).user.username, addressOf(request));
        return { key, defaultMinutes: catalogueEntryNamed(key)?.defaultMinutes ?? null };
      },
    );

    app.post(
      '/api/system-config/preview',
      {
        config: { access: 'administrator', activity: false },
        schema: {
          summary: 'How many live sessions a value would end; null stands for deleting the key',
          tags: ['system config'],
          body: configPreviewSchema,
          response: { 200: configPreviewResultSchema },
        },
      },
      async (request) => {
        const { key, value } = request.body;
        const preview = await systemConfig.preview(key, value, sessionOf(request).id);
        return { ...preview, note: systemConfig.note(key, value) };
      },
    );

    app.get(
      '/api/system-config/history',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'Who set which value when',
          tags: ['system config'],
          querystring: listQuerySchema,
          response: { 200: configHistorySchema },
        },
      },
      async ({ query: { page, pageSize, search } }) => {
        const { items, total } = await systemConfig.history({ search, offset: (page - 1) * pageSize, limit: pageSize });
        return { items: items.map((change) => ({ ...change, at: iso(change.at) })), total, page, pageSize };
      },
    );
    done();
  };
}
