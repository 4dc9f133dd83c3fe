import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { auditEntrySchema } from '../../wire/audit.ts';
import { listQuerySchema, pageOf, sortQuery } from '../../wire/list.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

/** The record of what happened, for administrators. */
export function auditRoutes({ store }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/api/audit',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'What happened, newest first unless told otherwise',
          tags: ['audit'],
          querystring: listQuerySchema.extend(sortQuery(['at'], 'at', 'desc')),
          response: { 200: pageOf(auditEntrySchema) },
        },
      },
      async ({ query: { page, pageSize, search, order } }) => {
        const { items, total } = await store.listAudit({
          search,
          order,
          offset: (page - 1) * pageSize,
          limit: pageSize,
        });
        return { items: items.map((entry) => ({ ...entry, at: iso(entry.at) })), total, page, pageSize };
      },
    );
    done();
  };
}
