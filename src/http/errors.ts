import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { followRoutes } from './allowed-methods.ts';
import { limitView } from '../wire/limit.ts';
import { PROBLEMS } from '../wire/problems.ts';
import type { Problem } from '../wire/problems.ts';

/** A refusal as RFC 9457 problem details. */
export function problemOf(error: PortalError): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: 'about:blank',
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.field !== null && { field: error.field }),
    ...(error.end !== null && {
      endReason: error.end.reason,
      limit: error.end.limit === null ? null : limitView(error.end.limit),
      endedAt: new Date(error.end.at).toISOString(),
    }),
  };
}

type Refused = (code: ErrorCode, request: FastifyRequest) => void;

/** Answers every error as a problem: refusals with their sentence, bugs with none of their insides. */
export function registerErrors(app: FastifyInstance, refused: Refused): void {
  answerErrors(app, refused, sendProblem);
  const methodsOf = followRoutes(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const methods = methodsOf(path).join(', ');
    if (methods === '') return sendProblem(reply, new PortalError('not-found', `There is nothing at ${path}.`));
    const message = `${path} takes ${methods}, and not ${request.method}.`;
    return sendProblem(reply.header('allow', methods), new PortalError('method-not-allowed', message));
  });
}

/** The same for routes whose clients expect another body. */
export function registerErrorsAs(app: FastifyInstance, refused: Refused, bodyOf: (error: PortalError) => object): void {
  answerErrors(app, refused, (reply, error) => sendError(reply, error, 'application/json', bodyOf(error)));
}

function answerErrors(
  app: FastifyInstance,
  refused: Refused,
  send: (reply: FastifyReply, error: PortalError) => FastifyReply,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === null) request.log.error({ err: error }, 'a request failed');
    const answer = refusal ?? new PortalError('internal-error', 'The portal failed. Its log says why.');
    refused(answer.code, request);
    return send(reply, answer);
  });
}

/** Answers what the router refuses before any route is known, such as a path that is no UTF-8. */
export function answerUnrouted(reply: FastifyReply, refused: (code: ErrorCode) => void): FastifyReply {
  const error = new PortalError('invalid-request', 'The path is not valid: a part of it is too long or not UTF-8.');
  refused(error.code);
  // What DuploCloud's clients print of a refusal too, since nobody knows whose path it was.
  return sendError(reply, error, 'application/problem+json', { ...problemOf(error), Message: error.message });
}

function sendProblem(reply: FastifyReply, error: PortalError): FastifyReply {
  return sendError(reply, error, 'application/problem+json', problemOf(error));
}

function sendError(reply: FastifyReply, error: PortalError, type: string, body: object): FastifyReply {
  const { status } = PROBLEMS[error.code];
  if (error.retryAfterMs !== null) void reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(status).type(type).serializer(JSON.stringify).send(body);
}

/** An error as a refusal, where it is one: ours, an invalid request, or one of Fastify's own; else null: a bug. */
function refusalOf(error: FastifyError): PortalError | null {
  if (error instanceof PortalError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const field = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const message = `${field === '' ? 'The request' : field}: ${first?.message ?? 'not valid'}.`;
    return new PortalError('invalid-request', message, field === '' ? {} : { field });
  }
  if (error.statusCode === 413)
    return new PortalError('payload-too-large', 'The request is larger than what is accepted here.');
  if (error.statusCode === 415)
    return new PortalError('unsupported-media-type', 'The body is to be JSON, with the Content-Type application/json.');
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new PortalError('invalid-request', error.message);
  return null;
}

/** The address that a request came from, for throttling and the record. */
export function addressOf(request: FastifyRequest): string {
  return request.ip;
}
