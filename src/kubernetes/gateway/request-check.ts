import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { clusterIdentity } from '../../core/access.ts';
import type { ClusterIdentity } from '../../core/access.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import { parseApiRequest } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import type { GatewayContext } from './admission.ts';
import { lastingCredentialOf } from './lasting-credentials.ts';
import type { GatewayLimits } from './ports.ts';
import { readFlag } from './query-flags.ts';
import { checkReadOnly } from './read-only.ts';
import { headerBytes, triesToImpersonate } from './request-headers.ts';
import { invalid } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';
import { enterTenant } from './tenant-check.ts';
import type { TenantPorts } from './tenant-check.ts';

/**
 * What can be said of a request before anybody is asked who sent it.
 *
 * @throws PortalError
 */
export function checkRequest(incoming: IncomingMessage, target: RequestTarget, limits: GatewayLimits): ApiRequest {
  const { rawHeaders } = incoming;
  if (headerBytes(rawHeaders) > limits.headerBytes) {
    throw new PortalError('payload-too-large', `The request's headers are larger than ${limits.headerBytes} bytes.`);
  }
  return parseApiRequest(incoming.method ?? '', target);
}

/**
 * What may be done under a session, over and above what the cluster's RBAC says.
 *
 * @returns who its user is in the cluster
 * @throws PortalError
 */
export function checkSession(
  session: SessionHandle,
  tenants: TenantPorts,
  { clusterId, request, incoming }: { clusterId: string; request: ApiRequest; incoming: IncomingMessage },
  upgrade: boolean,
): ClusterIdentity {
  if (session.kind !== 'kubernetes' || session.clusterId !== clusterId) {
    throw new PortalError('forbidden', 'This session is not one of this cluster.');
  }
  // Not before it is known who tries.
  if (triesToImpersonate(incoming.rawHeaders)) {
    throw new PortalError(
      'forbidden',
      'Curfew decides who you are in the cluster: acting as somebody else (--as) is refused.',
    );
  }
  if (session.user.readOnly) checkReadOnly(request, upgrade, 'in Curfew');
  if (session.tenantId === null) return clusterIdentity(session.user);
  return enterTenant(tenants, session, session.tenantId, request, upgrade);
}

/**
 * A tunnel is opened by GET, or by POST to a subresource; never by a request that creates something, whose body nobody
 * would have looked at.
 *
 * @throws PortalError `invalid-request`
 */
export function checkUpgrade(request: ApiRequest, headers: IncomingHttpHeaders): void {
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (hasBody) throw invalid('A request to upgrade the connection has no body.');
  // Reading a flag refuses one that is ambiguous, which nobody may stumble over once the tunnel is open.
  for (const flag of ['stdin', 'tty']) readFlag(request.search, flag);
  const opens = request.method === 'GET' || (request.method === 'POST' && request.subresource !== '');
  if (!opens || lastingCredentialOf(request) !== null) throw invalid('This is not something that can be upgraded.');
}

/** @throws PortalError `not-found` */
export function findCluster(
  { ports }: GatewayContext,
  clusterId: string,
): NonNullable<ReturnType<typeof ports.findCluster>> {
  const cluster = ports.findCluster(clusterId);
  if (cluster === undefined)
    throw new PortalError('not-found', `There is no cluster “${clusterId}” here, or it is not ready.`);
  return cluster;
}
