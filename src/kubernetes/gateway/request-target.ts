import { CLUSTER_ID_PATTERN } from '../../core/access.ts';
import { PortalError } from '../../core/portal-error.ts';

/** Where the gateway begins on both ports (design, section 7). */
export const GATEWAY_PREFIX = '/k8s/clusters/';

/** A request target, split but not decoded: what is forwarded are exactly the bytes that were checked. */
export interface RequestTarget {
  /** The API path as the cluster gets it, beginning with `/`. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
}

/** Unreserved characters, sub-delimiters, `:`, `@`, and `%` followed by two hexadecimal digits (RFC 3986, section 3.3). */
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
/** The same and `/ ? [ ]`, which clients leave bare in queries. `;` is refused: to some API servers it parts parameters. */
const SEARCH = /^\?(?:[A-Za-z0-9\-._~!$&'()*+,=:@/?[\]|"<>{}^`]|%[0-9A-Fa-f]{2})*$/;

/**
 * Splits the target of a request to `/k8s/…` into the cluster's id and the API's part.
 *
 * @throws PortalError `not-found` for what is no path of the gateway, `invalid-request` for what is ambiguous
 */
export function splitGatewayTarget(rawTarget: string): { clusterId: string; target: RequestTarget } {
  if (!rawTarget.startsWith('/')) throw invalid('Only a path may be requested, not a whole URL.');
  if (!rawTarget.startsWith(GATEWAY_PREFIX)) {
    throw new PortalError('not-found', `The gateway is at ${GATEWAY_PREFIX}<cluster>/…`);
  }
  const end = endOfSegment(rawTarget, GATEWAY_PREFIX.length);
  const clusterId = rawTarget.slice(GATEWAY_PREFIX.length, end);
  if (!CLUSTER_ID_PATTERN.test(clusterId)) throw invalid('The cluster’s id has letters a-z, digits and dashes only.');
  const rest = rawTarget.slice(end);
  return { clusterId, target: splitTarget(rest.startsWith('/') ? rest : `/${rest}`) };
}

/**
 * Splits a raw API path, as the shell's relay gets it.
 *
 * @throws PortalError `invalid-request` for characters that do not belong in a URL
 */
export function splitTarget(rawTarget: string): RequestTarget {
  const question = rawTarget.indexOf('?');
  const path = question < 0 ? rawTarget : rawTarget.slice(0, question);
  const search = question < 0 ? '' : rawTarget.slice(question);
  if (!PATH.test(path)) throw invalid('The path holds something that does not belong in a path.');
  if (search !== '' && !SEARCH.test(search))
    throw invalid('The query holds something that does not belong in a query.');
  return { path, search };
}

export function invalid(message: string): PortalError {
  return new PortalError('invalid-request', message);
}

function endOfSegment(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === 0x2f || char === 0x3f) return index;
  }
  return text.length;
}
