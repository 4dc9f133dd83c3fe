import { request } from 'undici';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../../core/clock.ts';
import type { Cluster, Connection } from '../../clusters/cluster.ts';
import { describeConnectionError } from '../../clusters/plain-words.ts';
import { SHELL_CONTAINER, SHELL_LABELS } from './pod-spec.ts';

const TIMEOUT_MS = 10_000;

/** What the API server refused, with its reason, or why it did not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const conditionSchema = z.object({ type: z.string(), status: z.string(), message: z.string().default('') });
const stateSchema = z.object({ reason: z.string().default(''), message: z.string().default('') });
const podSchema = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.iso.datetime() }),
  status: z.object({
    phase: z.string().default('Pending'),
    conditions: z.array(conditionSchema).default([]),
    containerStatuses: z
      .array(
        z.object({
          state: z.object({
            running: z.unknown().optional(),
            waiting: stateSchema.optional(),
            terminated: stateSchema.optional(),
          }),
        }),
      )
      .default([]),
  }),
});
export type ShellPod = z.infer<typeof podSchema>;
const podListSchema = z.object({ items: z.array(podSchema) });
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });
const statusSchema = z.object({ message: z.string() });

export interface Permission {
  readonly verb: string;
  readonly subresource?: string;
}

/** The API server, as far as the pods of shells are concerned, with the cluster's own credential. */
export interface PodApi {
  /** @throws ApiError */
  create(pod: object): Promise<void>;
  /** @returns null where there is none */
  read(name: string): Promise<ShellPod | null>;
  list(): Promise<ShellPod[]>;
  /** Without any grace: the kubelet kills what runs in it. One that is not there is as good as deleted. */
  delete(name: string): Promise<void>;
  mayI(permission: Permission): Promise<boolean>;
  /** Asks for an exec; the websocket is not open yet. */
  exec(name: string, command: readonly string[], options: { tty: boolean }): Promise<WebSocket>;
}

export function createPodApi(cluster: Cluster, namespace: string, clock: Clock): PodApi {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
    const connection = await cluster.connect();
    const { status, text } = await send(connection, clock, method, path, body);
    if (status === 401) cluster.forgetCredential();
    const answer = parseJson(text);
    if (status >= 200 && status < 300) return answer;
    const { data } = statusSchema.safeParse(answer);
    throw new ApiError(status, data?.message ?? `the API server answered ${status}`);
  };
  return {
    create: async (pod) => void (await call('POST', pods, pod)),
    async read(name) {
      const answer = await unlessMissing(call('GET', `${pods}/${name}`));
      return answer === null ? null : podSchema.parse(answer);
    },
    async list() {
      const selector = Object.entries(SHELL_LABELS).map((pair) => pair.join('='));
      const answer = await call('GET', `${pods}?labelSelector=${encodeURIComponent(selector.join(','))}`);
      return podListSchema.parse(answer).items;
    },
    delete: async (name) => void (await unlessMissing(call('DELETE', `${pods}/${name}?gracePeriodSeconds=0`))),
    async mayI(permission) {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace, resource: 'pods', ...permission } },
      };
      const answer = await call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review);
      return reviewSchema.parse(answer).status.allowed;
    },
    async exec(name, command, { tty }) {
      const query = new URLSearchParams({ container: SHELL_CONTAINER, stdin: 'true', stdout: 'true' });
      query.set('tty', String(tty));
      for (const word of command) query.append('command', word);
      const connection = await cluster.connect();
      return connection.openWebSocket(`${pods}/${name}/exec?${query.toString()}`, 'v4.channel.k8s.io');
    },
  };
}

async function send(
  connection: Connection,
  clock: Clock,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
) {
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

async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
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
