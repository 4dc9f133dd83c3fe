import { readFlag } from './query-flags.ts';
import { invalid } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';

/** The verb that the cluster's RBAC is asked for; for paths that are no resource, the method in lower case. */
export type ApiVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'head'
  | 'post'
  | 'put'
  | 'options';

/** A request as the API server will understand it (apiserver's RequestInfo). */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly verb: ApiVerb;
  /** Whether it is about a resource; otherwise discovery, health, metrics and the like. */
  readonly isResource: boolean;
  /** Empty for the core group, and where there is no resource. */
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  /** Still percent-encoded. */
  readonly name: string;
  readonly subresource: string;
  /** Whether something follows the subresource, as in `…/proxy/index.html`. */
  readonly hasTail: boolean;
  readonly isWatch: boolean;
  readonly isLogFollow: boolean;
  /** Whether it goes on to a pod, a service or a node instead of being answered by the API server. */
  readonly isProxy: boolean;
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);
const VERBS: Record<string, ApiVerb> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const METHOD_VERBS: Record<string, ApiVerb> = {
  GET: 'get',
  HEAD: 'head',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
  OPTIONS: 'options',
};

/**
 * Understands a request exactly as the API server does, or refuses it.
 *
 * Whatever could be read in two ways is refused, so that what is checked here is what is done there: escapes where
 * none are needed, empty and dot segments, slashes and backslashes in disguise (security, Paths).
 *
 * @throws PortalError `invalid-request`
 */
export function parseApiRequest(method: string, target: RequestTarget): ApiRequest {
  const methodVerb = METHOD_VERBS[method];
  if (methodVerb === undefined) throw invalid(`The method ${method} is not one of the Kubernetes API.`);
  const { path, search } = target;
  const segments = path.split('/');
  segments.shift();
  const start = resourceStart(segments);
  if (start === null) {
    checkNonResource(segments);
    return nonResource(method, methodVerb, target);
  }
  const verb = VERBS[method];
  if (verb === undefined) throw invalid(`The method ${method} is not one of the Kubernetes API.`);
  return resourceRequest({ method, verb, path, search, segments, start });
}

/** Where the part after the version begins; null for paths that name no resource. */
function resourceStart(segments: readonly string[]): number | null {
  // A slash at the end makes an empty segment, which the API server does not count.
  const length = segments.at(-1) === '' ? segments.length - 1 : segments.length;
  if (segments[0] === 'api') return length >= 3 ? 2 : null;
  if (segments[0] === 'apis') return length >= 4 ? 3 : null;
  return null;
}

function nonResource(method: string, verb: ApiVerb, { path, search }: RequestTarget): ApiRequest {
  return {
    method,
    path,
    search,
    verb,
    isResource: false,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    name: '',
    subresource: '',
    hasTail: false,
    isWatch: false,
    isLogFollow: false,
    isProxy: false,
  };
}

function resourceRequest(request: {
  method: string;
  verb: ApiVerb;
  path: string;
  search: string;
  segments: string[];
  start: number;
}): ApiRequest {
  const { method, path, search, segments } = request;
  let { start } = request;
  const version = segments[start - 1] ?? '';
  const group = start === 3 ? (segments[1] ?? '') : '';
  if (segments[start] === 'proxy') throw invalid('Use the subresource proxy of a pod, service or node.');
  const watchPrefix = segments[start] === 'watch';
  if (watchPrefix) start += 1;

  let namespace = '';
  if (segments[start] === 'namespaces' && segments.length > start + 1) {
    namespace = segments[start + 1] ?? '';
    const next = segments[start + 2];
    if (next !== undefined && !NAMESPACE_SUBRESOURCES.has(next)) start += 2;
  }
  const resource = segments[start] ?? '';
  const name = segments[start + 1] ?? '';
  const subresource = segments[start + 2] ?? '';
  const isProxy = subresource === 'proxy';
  checkSegments(segments, isProxy ? start + 3 : segments.length, isProxy ? -1 : start + 1);
  if (isProxy) checkProxyTail(segments.slice(start + 3));

  const verb = resourceVerb(request.verb, name, search, watchPrefix);
  return {
    method,
    path,
    search,
    verb,
    isResource: true,
    group,
    version,
    namespace,
    resource,
    name,
    subresource,
    hasTail: segments.length > start + 3,
    isWatch: verb === 'watch' && method === 'GET',
    isLogFollow: subresource === 'log' && resource === 'pods' && method === 'GET' && readFlag(search, 'follow'),
    isProxy,
  };
}

function resourceVerb(verb: ApiVerb, name: string, search: string, watchPrefix: boolean): ApiVerb {
  if (watchPrefix) return 'watch';
  if (name !== '') return verb;
  if (verb === 'get') return readFlag(search, 'watch') ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/**
 * Checks the segments before `end`: none is empty or made of dots, and none holds an escape, except the name at
 * `nameAt`, which may hold those that it needs.
 */
function checkSegments(segments: readonly string[], end: number, nameAt: number): void {
  for (let index = 0; index < end; index++) {
    const segment = segments[index] ?? '';
    if (segment === '' || segment === '.' || segment === '..') {
      throw invalid('The path has an empty segment or one made of dots.');
    }
    if (!segment.includes('%')) continue;
    if (index !== nameAt) throw invalid('The path has an escape (%) where the Kubernetes API needs none.');
    checkEscapedName(segment);
  }
}

/** A name may hold escapes only of what has to be escaped; of slashes, percent signs and control characters never. */
function checkEscapedName(segment: string): void {
  const escapes = decode(segment.match(/(?:%[0-9A-Fa-f]{2})+/g)?.join('') ?? '');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f/\\%A-Za-z0-9\-._~]/.test(escapes)) {
    throw invalid('The name in the path has an escape (%) of something that is not to be escaped.');
  }
}

/** What is passed on to an application may hold escapes, but must not climb, however often one decodes. */
function checkProxyTail(tail: readonly string[]): void {
  let text = tail.join('/');
  for (let depth = 0; depth < 3; depth++) {
    const segments = text.split('/');
    const climbs = segments.some((segment) => segment === '.' || segment === '..');
    // An application may well want an empty last segment, but one in the middle is folded by some and not by others.
    const hasGap = depth === 0 && segments.slice(0, -1).includes('');
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (climbs || hasGap || /[\u0000-\u001f\\]/.test(text)) {
      throw invalid('The path after proxy/ has an empty segment, one made of dots, or a backslash.');
    }
    if (!text.includes('%')) return;
    text =
      depth === 0 ? decode(text) : text.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\');
  }
}

/** Paths outside of `/api/…` resources: no escapes and no dots; a slash at the end only where the API has one. */
function checkNonResource(segments: readonly string[]): void {
  const end = segments.at(-1) === '' ? segments.length - 1 : segments.length;
  checkSegments(segments, end, -1);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('The path has an escape (%) that is not UTF-8.');
  }
}
