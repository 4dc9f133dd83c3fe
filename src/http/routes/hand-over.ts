import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { handOverSchema } from '../../wire/hand-over.ts';
import { apiTokenSchema, instantView } from '../../wire/session.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { HttpPorts } from '../ports.ts';

/** A token for a program on the machine of somebody in a browser, who agreed on a page of ours (docs/adr/0025). */
export function handOverRoutes({ sessions }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post(
      '/api/session/hand-over',
      {
        config: { access: 'user', bearer: false, recent: true },
        schema: {
          summary: 'A temporary API token that the page brings to a program on its machine; dies with this session',
          tags: ['session'],
          body: handOverSchema,
          response: { 201: apiTokenSchema },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request);
        const { application, port } = request.body;
        const did = `handed a temporary API token to “${application}” at port ${port} of localhost`;
        const token = await sessions.issueToken(session, 'api', addressOf(request), undefined, did);
        return reply.code(201).send({ token, endsAt: instantView(session.latestEndAt()) });
      },
    );
    done();
  };
}
