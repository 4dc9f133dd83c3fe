import { PortalError } from '../../core/portal-error.ts';
import type { ApiRequest } from './api-request.ts';

/** Subresources that only show something. One that is not known here is refused (security, Read-only). */
const READABLE_SUBRESOURCES = new Set(['', 'log', 'status', 'scale', 'ephemeralcontainers', 'approval', 'resize']);
/** What somebody may ask about himself; these are POST, yet change nothing. */
const SELF_REVIEWS = new Set([
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authentication.k8s.io/selfsubjectreviews',
]);
const READABLE_PATHS =
  /^\/(?:api|apis|version|healthz|livez|readyz|openapi\/v2|openapi\/v3|\.well-known\/openid-configuration|openid\/v1\/jwks)?(?:\/|$)/;

/**
 * Whether a read-only user may do this: an allow-list, so that what Kubernetes adds later is refused first.
 *
 * @param upgrade whether the connection is to become a tunnel
 */
export function isReadOnly(request: ApiRequest, upgrade: boolean): boolean {
  if (upgrade) return false;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!request.isResource) return reads && READABLE_PATHS.test(request.path);
  if (request.hasTail) return false;
  if (!reads) return isSelfReview(request);
  return !isSecret(request) && READABLE_SUBRESOURCES.has(request.subresource);
}

/**
 * @param where as a part of the sentence, for people
 * @throws PortalError `forbidden`
 */
export function checkReadOnly(request: ApiRequest, upgrade: boolean, where: string): void {
  if (isReadOnly(request, upgrade)) return;
  throw new PortalError('forbidden', `You are read-only ${where}: this would do more than read, or reads secrets.`);
}

/** A question about what oneself may do. */
export function isSelfReview(request: ApiRequest): boolean {
  const { verb, namespace, name, group, resource } = request;
  return verb === 'create' && namespace === '' && name === '' && SELF_REVIEWS.has(`${group}/${resource}`);
}

/** By the resource's name alone: an API that calls something `secrets` means secrets. */
function isSecret({ resource }: ApiRequest): boolean {
  return resource === 'secrets';
}
