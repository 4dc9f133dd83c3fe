import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { problemSchema } from '../wire/problems.ts';
import { SESSION_COOKIE } from './cookies.ts';

/** Either will do; of a request with both the bearer token counts. */
const EITHER = [{ cookie: [] }, { bearer: [] }];
/** What only somebody in a browser may do. */
const ONLY_COOKIE = [{ cookie: [] }];
const PROBLEM = {
  description: 'A refusal: `code` is for programs, `detail` for people',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** The description of the API, as a document and as a page to read; to be registered before the routes that it tells of. */
export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Curfew', version: '1', description: 'The portal in which every session ends on time.' },
      components: {
        securitySchemes: {
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'Set by a sign-in. What changes something must come from a page of the portal (`Origin`).',
          },
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token of a sign-in with `bearer: true`, or an API token.',
          },
        },
      },
    },
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(async (documentation) => {
    // Made once: anybody may ask for it, as often as he likes.
    let text: string | null = null;
    documentation.get('/api/openapi.json', { schema: { hide: true } }, (_request, reply) =>
      reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(app.swagger()))),
    );
    await documentation.register(swaggerUi, { routePrefix: '/api/docs' });
  });
}

/** Adds what is the same everywhere: how to authenticate, and how refusals look. */
function describeRoute(document: Parameters<typeof jsonSchemaTransform>[0]): ReturnType<typeof jsonSchemaTransform> {
  const { schema, route } = document;
  const { access, bearer = true } = route.config ?? {};
  const security = access === 'public' ? [] : bearer ? EITHER : ONLY_COOKIE;
  const response = { ...(schema.response as object | undefined), default: PROBLEM };
  return jsonSchemaTransform({ ...document, schema: { ...schema, security, response } });
}
