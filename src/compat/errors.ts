import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { PROBLEMS } from '../wire/problems.ts';

/** Answers errors as DuploCloud's clients read them: a status, and `{"Message": "…"}`, which they print. */
export function registerCompatErrors(app: FastifyInstance, refused: (code: ErrorCode) => void): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === null) request.log.error({ err: error }, 'a request failed');
    const { code, message, retryAfterMs } =
      refusal ?? new PortalError('internal-error', 'The portal failed. Its log says why.');
    refused(code);
    const { status } = PROBLEMS[code];
    if (retryAfterMs !== null) void reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.code(status).type('application/json').serializer(JSON.stringify).send({ Message: message });
  });
}

/** Null for a bug. */
function refusalOf(error: FastifyError): PortalError | null {
  if (error instanceof PortalError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    return new PortalError('invalid-request', `${first?.instancePath.slice(1)}: ${first?.message ?? 'not valid'}.`);
  }
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new PortalError('invalid-request', error.message);
  return null;
}
