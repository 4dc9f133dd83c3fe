import { z } from 'zod';
import type { Connection } from '../clusters/cluster.ts';
import type { ApiRequest } from './api-request.ts';
import type { ExchangeSubject } from './http-exchange.ts';
import { refusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { upstreamHeaders } from './request-headers.ts';

const TUNNELS = new Set(['exec', 'attach', 'portforward']);
const PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean(), reason: z.string().optional() }) });

/** (m) On 1.20 `get pods/exec` alone opens an exec by GET, so that a user with rights to look could run commands. */
export function needsCreateReview(request: ApiRequest): boolean {
  return request.method === 'GET' && request.resource === 'pods' && TUNNELS.has(request.subresource);
}

/**
 * Asks the cluster, as the user, whether he may create what a GET is about to open.
 *
 * @returns null where he may; fails where the cluster does not answer
 */
export async function reviewCreate(
  connection: Connection,
  subject: Pick<ExchangeSubject, 'session' | 'identity' | 'request'>,
): Promise<Refusal | null> {
  const { group, resource, subresource, namespace, name } = subject.request;
  const attributes = { verb: 'create', group, resource, subresource, namespace, name };
  const headers = upstreamHeaders(['Content-Type', 'application/json', 'Accept', 'application/json'], subject, {
    authorization: connection.authorization,
  });
  const { statusCode, body } = await connection.dispatcher.request({
    method: 'POST',
    origin: connection.origin,
    path: connection.basePath + PATH,
    headers,
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    }),
  });
  const text = await body.text();
  const parsed = statusCode === 201 ? reviewSchema.safeParse(JSON.parse(text)) : null;
  if (parsed?.success !== true) return refusal(502, 'The cluster did not say whether you may do this.');
  if (parsed.data.status.allowed) return null;
  const what = `create resource "${resource}/${subresource}" in API group "" in the namespace "${namespace}"`;
  return refusal(403, `pods "${name}" is forbidden: User "${subject.identity.user}" cannot ${what}`);
}
