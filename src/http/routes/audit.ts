import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { auditEntrySchema } from '../../wire/audit.ts';
import { listQuerySchema, pageOf } from '../../wire/list.ts';
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
          summary: 'What happened, newest first',
          tags: ['audit'],
          querystring: listQuerySchema,
          response: { 200: pageOf(auditEntrySchema) },
        },
      },
      async ({ query: { page, pageSize, search } }) => {
        const { items, total } = await store.listAudit({ search, offset: (page - 1) * pageSize, limit: pageSize });
        return { items: items.map((entry) => ({ ...entry, at: iso(entry.at) })), total, page, pageSize };
      },
    );
    done();
  };
}
