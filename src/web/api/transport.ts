import type { z } from 'zod';
import { problemSchema } from '../../wire/problems.ts';
import { ACTIVITY_HEADER, REQUEST_HEADER } from '../../wire/session.ts';
import { ApiError, UnexpectedAnswerError, UnreachableError } from './api-error.ts';

export interface ApiRequest<Schema extends z.ZodType | null> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** What the answer looks like; null for answers without a body. */
  readonly schema: Schema;
  /** Whether no person caused the request: it is no activity then. */
  readonly background?: boolean;
  readonly signal?: AbortSignal;
}

export type Answer<Schema> = Schema extends z.ZodType ? z.output<Schema> : null;

/**
 * Sends one request to the portal's API and reads the answer with its schema.
 *
 * @throws ApiError where the portal refuses, UnreachableError where it does not answer, UnexpectedAnswerError where the
 *   answer does not fit the schema
 */
export async function callApi<Schema extends z.ZodType | null>(request: ApiRequest<Schema>): Promise<Answer<Schema>> {
  const response = await send(request);
  if (!response.ok) throw await readRefusal(request.path, response);
  // The conditional type cannot be narrowed by a check of the value.
  if (request.schema === null) return null as Answer<Schema>;
  const parsed = request.schema.safeParse(await readJson(request.path, response));
  if (!parsed.success) throw new UnexpectedAnswerError(request.path, { cause: parsed.error });
  return parsed.data as Answer<Schema>;
}

/** The headers of every request: ours, and whether a person caused it. */
export function requestHeaders(background: boolean): Record<string, string> {
  return background ? { [REQUEST_HEADER]: '1', [ACTIVITY_HEADER]: 'none' } : { [REQUEST_HEADER]: '1' };
}

/** The refusal in an answer that is not a success. */
export async function readRefusal(path: string, response: Response): Promise<ApiError | UnexpectedAnswerError> {
  const parsed = problemSchema.safeParse(await readJson(path, response));
  if (!parsed.success) return new UnexpectedAnswerError(path, { cause: parsed.error });
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(parsed.data, Number.isFinite(retryAfter) ? retryAfter * 1000 : null);
}

async function send(request: ApiRequest<z.ZodType | null>): Promise<Response> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...requestHeaders(request.background ?? false),
  };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(request.path, {
      method: request.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new UnreachableError({ cause: error });
  }
}

async function readJson(path: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new UnexpectedAnswerError(path, { cause: error });
  }
}
