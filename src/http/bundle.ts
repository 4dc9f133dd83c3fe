import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Serves the command line for users as one file that Node.js runs, and its checksum as `sha256sum -c` reads it. Every
 * replica of a version answers with the same `ETag`.
 */
export async function registerBundle(app: FastifyInstance, folder: string): Promise<void> {
  const path = join(folder, 'curfew');
  if (!existsSync(path)) return;
  const program = readFileSync(path);
  const sum = hash('sha256', program);
  const etag = `"${sum}"`;
  await app.register(async (bundle) => {
    bundle.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    bundle.get('/cli/curfew', (request, reply) => {
      void reply.header('content-disposition', 'attachment; filename="curfew"');
      return answer(request, reply, program, 'application/octet-stream', etag);
    });
    bundle.get('/cli/curfew.sha256', (request, reply) =>
      answer(request, reply, `${sum}  curfew\n`, 'text/plain; charset=utf-8', `"${sum}-sum"`),
    );
  });
}

function answer(request: FastifyRequest, reply: FastifyReply, body: Buffer | string, type: string, etag: string) {
  void reply.headers({ etag, 'cache-control': 'no-cache' });
  const known = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? [];
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
  return reply.type(type).send(body);
}
