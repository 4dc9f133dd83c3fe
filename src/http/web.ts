import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { HAND_OVER_PATH } from '../wire/hand-over.ts';
import { handOverPolicy } from './content-security-policy.ts';

const YEAR_SECONDS = 365 * 24 * 3600;
/** What is never a page of the web UI: unknown paths there are answered as problems, not with the application. */
const NOT_PAGES = ['/api/', '/k8s', '/assets/', '/cli/'];

/** Serves the built web UI: assets by their hashed names for a year, and its one page for every other path. */
export async function registerWeb(app: FastifyInstance, webRoot: string): Promise<void> {
  if (!existsSync(webRoot)) return;
  await app.register(async (web) => {
    web.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    await web.register(fastifyStatic, {
      root: webRoot,
      index: false,
      wildcard: false,
      cacheControl: false,
      setHeaders: (response, path) => {
        if (response.hasHeader('cache-control')) return;
        const immutable = path.includes('/assets/');
        void response.header('cache-control', immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
      },
    });
    web.get<{ Querystring: Record<string, unknown> }>(HAND_OVER_PATH, (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .header('content-security-policy', handOverPolicy(request.query))
        .sendFile('index.html'),
    );
    web.get('/*', (request, reply) => {
      if (NOT_PAGES.some((prefix) => request.url.startsWith(prefix))) return reply.callNotFound();
      return reply.header('cache-control', 'no-cache').sendFile('index.html');
    });
  });
}
