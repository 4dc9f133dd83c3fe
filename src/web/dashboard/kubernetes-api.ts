import { z } from 'zod';
import { KUBERNETES_SESSION_HEADER } from '../../wire/dashboard.ts';
import { UnreachableError } from '../api/api-error.ts';
import { requestHeaders } from '../api/transport.ts';
import { withPermission } from './asked-for.ts';

/** What the API server is asked for: whole objects, their metadata alone, or a table with the kind's own columns. */
const ACCEPT = {
  object: 'application/json',
  metadata: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  text: '*/*',
} as const;

const FORBIDDEN = 403;
const statusSchema = z.object({ message: z.string(), reason: z.string().optional() });

/** The cluster, or the gateway before it, refused. Its message is for people. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | null;

  constructor(status: number, { message, reason = '' }: z.infer<typeof statusSchema>, retryAfterMs: number | null) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface KubernetesRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly as?: keyof typeof ACCEPT;
  readonly body?: string;
  readonly contentType?: string;
  /** For what no person asked for; a read that no person's act came shortly before is one in any case. */
  readonly background?: boolean;
  readonly signal?: AbortSignal;
}

/** The Kubernetes API of a dashboard's place, at the gateway, under the dashboard's own session. */
export interface KubernetesApi {
  /** @throws KubernetesError, UnreachableError */
  json(request: KubernetesRequest): Promise<unknown>;
  text(request: KubernetesRequest): Promise<string>;
}

interface Place {
  readonly clusterId: string;
  readonly sessionId: string;
  isPersonActive(): boolean;
  /** The session was refused: it is over, or soon found to be. */
  refused(): void;
}

export function createKubernetesApi({ clusterId, sessionId, isPersonActive, refused }: Place): KubernetesApi {
  const send = async (request: KubernetesRequest): Promise<Response> => {
    const { method = 'GET', path, as = 'object', body, contentType = 'application/json', signal } = request;
    const background = request.background === true || (method === 'GET' && !isPersonActive());
    const response = await fetch(`/k8s/clusters/${clusterId}${path}`, {
      method,
      headers: {
        ...requestHeaders(background),
        accept: ACCEPT[as],
        [KUBERNETES_SESSION_HEADER]: sessionId,
        ...(body !== undefined && { 'content-type': contentType }),
      },
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new UnreachableError({ cause: error });
    });
    if (response.ok) return response;
    if (response.status === 401) refused();
    throw await errorOf(response, method, path);
  };
  return {
    json: async (request) => (await send(request)).json(),
    text: async (request) => (await send(request)).text(),
  };
}

async function errorOf(response: Response, method: string, path: string): Promise<KubernetesError> {
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  const { message, reason } = statusIn(text, response.status);
  const words = response.status === FORBIDDEN ? withPermission(message, method, path) : message;
  return new KubernetesError(response.status, { message: words, reason }, retryAfterMs);
}

function statusIn(text: string, status: number): z.infer<typeof statusSchema> {
  try {
    return statusSchema.parse(JSON.parse(text));
  } catch {
    // What is no Status, as of a proxy in front, is not for people.
    return { message: `The cluster answered with the status ${status}.` };
  }
}
