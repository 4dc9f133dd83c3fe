import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { REPLICA_GONE_MS, SKEW_ALARM_MS } from '../../sessions/ports.ts';
import { replicaListSchema } from '../../wire/replica.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

/** The processes that serve on one database, for administrators. */
export function replicasRoutes({ store, clock }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/api/replicas',
      {
        config: { access: 'administrator' },
        schema: {
          summary: 'The replicas that were there within the last half minute; none where the portal is one process',
          tags: ['operations'],
          response: { 200: replicaListSchema },
        },
      },
      async () => {
        const replicas = await store.listReplicas(clock.now() - REPLICA_GONE_MS);
        return {
          items: replicas.map((replica) => ({
            ...replica,
            startedAt: iso(replica.startedAt),
            seenAt: iso(replica.seenAt),
            isSkewed: Math.abs(replica.skewMs) > SKEW_ALARM_MS,
          })),
        };
      },
    );
    done();
  };
}
