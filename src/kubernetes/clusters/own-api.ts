import { request } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Cluster, Connection } from './cluster.ts';
import { describeConnectionError } from './plain-words.ts';

const TIMEOUT_MS = 10_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What the API server refused, with its reason, or why it did not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0 where there was no answer. */
  readonly status: number;
  /** Machine-readable: `NamespaceTerminating` and the like. */
  readonly causes: readonly string[];

  constructor(status: number, message: string, causes: readonly string[] = []) {
    super(message);
    this.status = status;
    this.causes = causes;
  }
}

const causeSchema = z.object({ reason: z.string().default('') });
const statusSchema = z.object({
  message: z.string(),
  details: z.object({ causes: z.array(causeSchema).default([]) }).optional(),
});
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/** The API server with the cluster's own credential, for no user. */
export interface OwnApi {
  /** @returns the answer's JSON @throws ApiError */
  call(method: Method, path: string, body?: object): Promise<unknown>;
  /** Whether the credential may do something. @param attributes of a SelfSubjectAccessReview's resource @throws ApiError */
  mayI(attributes: Readonly<Record<string, string>>): Promise<boolean>;
}

export function createOwnApi(cluster: Pick<Cluster, 'connect' | 'forgetCredential'>, clock: Clock): OwnApi {
  const call = async (method: Method, path: string, body?: object): Promise<unknown> => {
    const connection = await cluster.connect();
    const { status, text } = await send(connection, clock, method, path, body);
    if (status === 401) cluster.forgetCredential();
    const answer = parseJson(text);
    if (status >= 200 && status < 300) return answer;
    const { data } = statusSchema.safeParse(answer);
    const causes = data?.details?.causes.map(({ reason }) => reason);
    throw new ApiError(status, data?.message ?? `the API server answered ${status}`, causes);
  };
  return {
    call,
    async mayI(attributes) {
      const answer = await call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: attributes },
      });
      return reviewSchema.parse(answer).status.allowed;
    },
  };
}

/** @returns null for what is not there */
export async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function send(connection: Connection, clock: Clock, method: Method, path: string, body?: object) {
  const abort = new AbortController();
  const timer = clock.setTimer(clock.now() + TIMEOUT_MS, () => {
    abort.abort(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  });
  try {
    const answer = await request(`${connection.origin}${connection.basePath}${path}`, {
      method,
      dispatcher: connection.dispatcher,
      headers: {
        accept: 'application/json',
        ...(connection.authorization !== null && { authorization: connection.authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: abort.signal,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    throw Object.assign(new ApiError(0, describeConnectionError(error, new URL(connection.origin))), { cause: error });
  } finally {
    timer.dispose();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema accepts it; the status code says what went wrong.
    return undefined;
  }
}
