import type { Tenant } from '../core/tenant.ts';
import type { HttpPorts } from '../http/ports.ts';

/** Which clusters and tenants there are that can have limits of their own; a tenant by its id or its name. */
export function limitedScopes(
  clusters: Pick<HttpPorts['clusters'], 'find'>,
  tenants: { list(): readonly Tenant[] },
): HttpPorts['limitedScope'] {
  return async (kind, id) => {
    if (kind === 'cluster') return clusters.find(id) === undefined ? null : { scope: { kind, id }, within: [] };
    const all = tenants.list();
    const tenant = all.find((each) => each.id === id) ?? all.find(({ name }) => name === id);
    if (tenant === undefined) return null;
    const scope = { kind, id: tenant.id, name: tenant.name };
    return { scope, within: [{ kind: 'cluster', id: tenant.clusterId }] };
  };
}
