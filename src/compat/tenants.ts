import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../core/portal-error.ts';
import type { Tenant } from '../core/tenant.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { actorOf, callerOf } from './caller.ts';
import { CREDENTIAL_CALL, kubernetesAccess } from './kubernetes-access.ts';
import type { CompatPorts } from './ports.ts';
import { readFirst } from './read-first.ts';
import { limitRow } from './scope-limits.ts';

const idParams = z.object({ id: z.string().max(64) });
const tenantBody = z.object({
  AccountName: z.string().min(1, 'give an AccountName').max(256),
  PlanID: z.string().min(1, 'give a PlanID').max(256),
  ExistingK8sNamespace: z.string().max(256).nullish(),
});

/** Tenants: those of the caller, and for administrators all of them and their making. */
export function tenantsRoutes(ports: CompatPorts): FastifyPluginCallbackZod {
  const { tenants, clusters, scopeLimits } = ports;

  return (app, _options, done) => {
    readFirst(app, tenants);
    for (const path of ['/adminproxy/GetTenantNames', '/admin/GetTenantsForUser']) {
      app.get(path, { config: { access: 'user', activity: false } }, (request) =>
        tenants.tenantsOf(callerOf(request).user).map(({ tenant }) => tenantRow(tenant)),
      );
    }

    app.get(
      '/v2/admin/TenantV2/:id',
      { config: { access: 'user', activity: false }, schema: { params: idParams } },
      (request) => tenantRow(tenantFor(callerOf(request), request.params.id)),
    );

    // duplo-jit drops what it keeps unless this works.
    app.get(
      '/v3/features/tenant/:id',
      { config: { access: 'user', activity: false }, schema: { params: idParams } },
      (request) => {
        tenantFor(callerOf(request), request.params.id);
        return { Region: '', IsKubernetesEnabled: true, UseLbIndex: false };
      },
    );

    app.get(
      '/v3/subscriptions/:id/k8s/jitAccess',
      { config: { access: 'user', ...CREDENTIAL_CALL }, schema: { params: idParams } },
      (request) => {
        const { id: tenantId, clusterId, namespace } = tenantFor(callerOf(request), request.params.id);
        const cluster = clusters.find(clusterId);
        if (cluster === undefined)
          throw new PortalError('cluster-unavailable', `The cluster ${clusterId} of this tenant is not there.`);
        return kubernetesAccess(ports, request, { cluster, tenantId, namespace });
      },
    );

    app.post(
      '/admin/AddTenant',
      { config: { access: 'administrator', recent: true }, schema: { body: tenantBody } },
      async (request) => {
        const { AccountName: name, PlanID: clusterId, ExistingK8sNamespace: namespace } = request.body;
        const named = namespace === null || namespace === '' ? undefined : namespace;
        await tenants.create({ name, clusterId, namespace: named, bindings: 'managed' }, actorOf(request));
        return null;
      },
    );

    app.post(
      '/admin/DeleteTenant/:id',
      { config: { access: 'administrator', recent: true }, schema: { params: idParams } },
      async (request) => {
        await tenants.remove(request.params.id, actorOf(request));
        return null;
      },
    );
    done();
  };

  function tenantRow({ id, name, clusterId }: Tenant) {
    const limits = scopeLimits.inForce({ kind: 'tenant', id });
    const own = { TenantId: id, AccountName: name, PlanID: clusterId };
    return { ...own, InfraOwner: '', Tags: [], Metadata: limits.map(limitRow) };
  }

  /** @throws PortalError `forbidden` for everybody but administrators, who know what there is; they get `not-found` */
  function tenantFor({ user }: LiveSession, id: string): Tenant {
    const tenant = tenants.find(id);
    if (tenant !== undefined && tenants.mayEnter(user, tenant.clusterId, id)) return tenant;
    if (tenant === undefined && user.role === 'Administrator')
      throw new PortalError('not-found', 'There is no such tenant.');
    throw new PortalError('forbidden', 'You may not enter this tenant, or there is none of that id.');
  }
}
