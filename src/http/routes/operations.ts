import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { HttpPorts } from '../ports.ts';

const state = z.object({ status: z.enum(['ok', 'failing']), message: z.string().optional() });

/** Health for load balancers and metrics for Prometheus. They tell nothing about anybody. */
export function operationsRoutes({ store, metrics, drain }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/healthz',
      {
        config: { access: 'public' },
        schema: { summary: 'Whether the process runs', tags: ['operations'], response: { 200: state } },
      },
      () => ({ status: 'ok' as const }),
    );

    app.get(
      '/readyz',
      {
        config: { access: 'public' },
        schema: {
          summary: 'Whether requests can be served',
          tags: ['operations'],
          response: { 200: state, 503: state },
        },
      },
      async (request, reply) => {
        if (drain.isOn())
          return reply.code(503).send({ status: 'failing' as const, message: 'It is being restarted.' });
        try {
          await store.ping();
          return { status: 'ok' as const };
        } catch (error) {
          request.log.error({ err: error }, 'the database does not answer');
          return reply.code(503).send({ status: 'failing' as const, message: 'The database does not answer.' });
        }
      },
    );

    app.get(
      '/metrics',
      {
        config: { access: 'public' },
        schema: { summary: 'Metrics for Prometheus', tags: ['operations'], hide: false },
      },
      async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    );
    done();
  };
}
